"""The table into which the lab's own job counts; nothing in it hides a loss or a repetition."""

from __future__ import annotations

from django.db import models


class Tally(models.Model):
    """A job has counted this number; without a unique key, so that a second time shows."""

    job_id = models.BigIntegerField()
    number = models.IntegerField()

    class Meta:
        app_label = "cluster"

    def __str__(self):
        return f"{self.job_id}: {self.number}"
