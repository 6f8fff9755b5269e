"""Where to find in Klaviyo what the connection needs."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from integrations.guides import GuideStep

GUIDE = (
    GuideStep(
        _(
            "Log in to Klaviyo as Owner or Admin. Click the name of the account at the bottom "
            "left, then Settings, then API keys."
        ),
        "https://www.klaviyo.com/settings/account/api-keys",
    ),
    GuideStep(
        _(
            "Press Create Private API Key and call it Regulars. The short public key at the top of "
            "the page is another one and does not work here."
        )
    ),
    GuideStep(
        _(
            "Choose Custom Key. Set Accounts to Read Access, Lists to Full Access, Profiles to "
            "Full Access and Subscriptions to Read Access. Leave everything else at No Access."
        )
    ),
    GuideStep(
        _(
            "Press Create and copy the key at once: it begins with pk_, and Klaviyo does not show "
            "it again."
        )
    ),
    GuideStep(
        _(
            "Press Save and test. Then make an audience: it appears in Klaviyo as a list with "
            "the name you give it. Being on a list is no consent there, so nobody becomes "
            "subscribed."
        )
    ),
)
RIGHTS = _(
    "Accounts: read. Lists: full. Profiles: full. Subscriptions: read, so that unsubscribes come "
    "home; full access to subscriptions is not needed and better not given."
)
