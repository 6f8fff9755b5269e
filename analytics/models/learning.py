"""What a refresh learned from the shop's past, and how well that did on its last window."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from analytics.models.refresh import Refresh


class FittedModel(models.Model):
    """The parameters of one fitted model, packed; the newest row of a key is the one in use.

    An empty payload says that the shop's data did not suffice when it was last tried. `digest`, the
    SHA-256 of the payload, tells processes whether they know it already.
    """

    refresh = models.ForeignKey(
        Refresh, on_delete=models.CASCADE, related_name="fitted_models", db_index=False
    )
    key = models.CharField(_("model"), max_length=40)
    digest = models.CharField(_("digest"), max_length=64)
    payload = models.BinaryField(_("parameters"))

    class Meta:
        verbose_name = _("fitted model")
        verbose_name_plural = _("fitted models")
        constraints = [
            models.UniqueConstraint(fields=("refresh", "key"), name="fitted_model_unique"),
        ]

    def __str__(self) -> str:
        return self.key


class Prediction(models.TextChoices):
    """What is predicted, and therefore tested on the shop's last window."""

    ORDERS_30 = "orders_30", _("orders within 30 days")
    ORDERS_90 = "orders_90", _("orders within 90 days")
    ORDERS_365 = "orders_365", _("orders within 365 days")
    CATEGORIES = "interest_category", _("interest in categories")
    BRANDS = "interest_brand", _("interest in brands")
    PRODUCTS = "interest_product", _("interest in products")
    KEYWORDS = "interest_keyword", _("interest in keywords")
    BUY_AGAIN = "buy_again", _("recommended to buy again")
    NEW_FOR_YOU = "new_for_you", _("recommended as new")


class Shortage(models.TextChoices):
    """What a shop has too little of to learn or to test a prediction."""

    CUSTOMERS = "customers", _("customers with an order")
    REPEATERS = "repeaters", _("customers who ordered again")
    HISTORY = "history", _("days of history")
    CAME = "came", _("customers who ordered in the window")
    STAYED = "stayed", _("customers who did not order in the window")
    FIRST_PURCHASES = "first_purchases", _("first purchases in the windows")
    REPEAT_PURCHASES = "repeat_purchases", _("repeat purchases in the windows")
    TARGETS = "targets", _("categories, brands, products or keywords with enough buyers")
    BUYERS = "buyers", _("buyers in the window")


class BackTest(models.Model):
    """How a prediction did on the shop's last window; the newest row of a prediction counts.

    It was made as of `window_start`, from what was known then, and compared with what happened up
    to `window_end` (exclusive). `named_count` are the best-scored tenth of the customers (of the
    interests: those named as interested), `named_hits` those of them who did it. Of
    recommendations the cases are customers who ordered, `named_count` the first five products of
    each list and `named_hits` those of them that were bought. Shares and areas
    are 0 to 1; `lift` is the share of hits among the best tenth over the share among all. With a
    `shortage` there are no figures: the shop has `shortage_has` of the `shortage_needs` needed.
    """

    refresh = models.ForeignKey(
        Refresh, on_delete=models.CASCADE, related_name="back_tests", db_index=False
    )
    prediction = models.CharField(_("prediction"), max_length=20, choices=Prediction.choices)
    horizon_days = models.PositiveSmallIntegerField(_("horizon (days)"))
    window_start = models.DateField(_("window from"), null=True, blank=True)
    window_end = models.DateField(_("window to"), null=True, blank=True)
    shortage = models.CharField(_("shortage"), max_length=20, choices=Shortage.choices, blank=True)
    shortage_needs = models.PositiveIntegerField(_("needed"), null=True, blank=True)
    shortage_has = models.PositiveIntegerField(_("present"), null=True, blank=True)
    target_count = models.PositiveIntegerField(_("targets"), null=True, blank=True)
    case_count = models.PositiveBigIntegerField(_("cases"), null=True, blank=True)
    hit_count = models.PositiveBigIntegerField(_("cases in which it happened"), null=True)
    named_count = models.PositiveBigIntegerField(_("cases named"), null=True, blank=True)
    named_hits = models.PositiveBigIntegerField(_("hits among them"), null=True, blank=True)
    auc = models.FloatField(_("AUC"), null=True, blank=True)
    lift = models.FloatField(_("lift in the best tenth"), null=True, blank=True)
    calibration_error = models.FloatField(_("calibration error"), null=True, blank=True)
    brier_score = models.FloatField(_("Brier score"), null=True, blank=True)
    ndcg = models.FloatField(_("NDCG of ten"), null=True, blank=True)
    count_bias = models.FloatField(_("bias of orders"), null=True, blank=True)
    revenue_bias = models.FloatField(_("bias of revenue"), null=True, blank=True)

    class Meta:
        verbose_name = _("back-test")
        verbose_name_plural = _("back-tests")
        constraints = [
            models.UniqueConstraint(fields=("refresh", "prediction"), name="back_test_unique"),
        ]

    def __str__(self) -> str:
        return self.get_prediction_display()


class Rule(models.TextChoices):
    """The plain rules that people use today."""

    RECENCY = "recency", _("whoever ordered last")
    FREQUENCY = "frequency", _("whoever ordered most often")
    OVERDUE = "overdue", _("whoever is overdue")
    BG_NBD = "bg_nbd", _("BG/NBD alone")
    OWN_COUNT = "own_count", _("whoever bought it most often")
    RECENT_COUNT = "recent_count", _("whoever bought it most often lately")
    ACTIVITY = "activity", _("whoever is most active")
    POPULARITY = "popularity", _("what sells best")
    COSINE = "cosine", _("what is bought together")


class BackTestRule(models.Model):
    """How a plain rule did on the same window."""

    back_test = models.ForeignKey(
        BackTest, on_delete=models.CASCADE, related_name="rules", db_index=False
    )
    rule = models.CharField(_("rule"), max_length=12, choices=Rule.choices)
    auc = models.FloatField(_("AUC"), null=True, blank=True)
    lift = models.FloatField(_("lift in the best tenth"), null=True, blank=True)
    calibration_error = models.FloatField(_("calibration error"), null=True, blank=True)
    ndcg = models.FloatField(_("NDCG of ten"), null=True, blank=True)

    class Meta:
        verbose_name = _("back-test of a plain rule")
        verbose_name_plural = _("back-tests of plain rules")
        constraints = [
            models.UniqueConstraint(fields=("back_test", "rule"), name="back_test_rule_unique"),
        ]

    def __str__(self) -> str:
        return self.get_rule_display()


class BackTestTenth(models.Model):
    """A tenth of the cases by predicted probability (1: the lowest): what was predicted on average
    and which share came true. Gives the reliability diagram and the lift chart.
    """

    back_test = models.ForeignKey(
        BackTest, on_delete=models.CASCADE, related_name="tenths", db_index=False
    )
    position = models.PositiveSmallIntegerField(_("tenth"))
    case_count = models.PositiveBigIntegerField(_("cases"))
    predicted = models.FloatField(_("predicted share"))
    observed = models.FloatField(_("observed share"))

    class Meta:
        verbose_name = _("tenth of a back-test")
        verbose_name_plural = _("tenths of back-tests")
        ordering = ("back_test", "position")
        constraints = [
            models.UniqueConstraint(fields=("back_test", "position"), name="back_test_tenth_unique")
        ]

    def __str__(self) -> str:
        return str(self.position)
