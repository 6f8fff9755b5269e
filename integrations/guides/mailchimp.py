"""Where to find in Mailchimp what the connection needs."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from integrations.guides import GuideStep

GUIDE = (
    GuideStep(
        _(
            "Log in to Mailchimp as a user with the role Manager, Admin or Owner. Click your "
            "picture at the bottom left, then Account & billing, then Extras, then API keys."
        ),
        "https://admin.mailchimp.com/account/api/",
    ),
    GuideStep(
        _(
            "Under Your API keys press Create A Key, call it Regulars and press Generate Key. Copy "
            "the key at once, Mailchimp shows it only this time. It ends with its data centre, "
            "such as -us21: copy that too."
        )
    ),
    GuideStep(
        _(
            "Click Audience at the left, choose the audience at the top, then Settings, then "
            "Audience name and defaults. Copy the Audience ID: about ten letters and digits."
        ),
        "https://admin.mailchimp.com/lists/",
    ),
    GuideStep(
        _(
            "Decide what happens with people who are not in Mailchimp yet. Added without a "
            "subscription they get no newsletter, but count as contacts of your plan."
        )
    ),
    GuideStep(
        _(
            "Press Save and test. Then make an audience: it appears in Mailchimp as a tag with "
            "the name you give it."
        )
    ),
)
RIGHTS = _("The key works with the rights of the user who made it: Manager or higher.")
