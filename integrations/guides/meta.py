"""Where to find at Meta what the connection needs: an ad account, an app, a system user."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from integrations.guides import GuideStep

GUIDE = (
    GuideStep(
        _(
            "Open the Ads Manager and the list of ad accounts at the top left. The number of the "
            "account stands under its name: digits only."
        ),
        "https://adsmanager.facebook.com/adsmanager/manage/accounts",
    ),
    GuideStep(
        _("Accept the Custom Audience terms for this ad account. Without them nothing is taken."),
        "https://business.facebook.com/ads/manage/customaudiences/tos",
    ),
    GuideStep(
        _(
            "Make an app of the type Business, for example Regulars, and choose your business "
            "portfolio. Under App settings, Basic, press Show beside App secret and copy it."
        ),
        "https://developers.facebook.com/apps/",
    ),
    GuideStep(
        _(
            "Open the business settings, Users, System users, and press Add. Call it Regulars and "
            "give it the role Employee."
        ),
        "https://business.facebook.com/settings/system-users",
    ),
    GuideStep(
        _(
            "Choose the system user and press Assign assets: of the ad account give it Manage ad "
            "account, of the app Manage app."
        )
    ),
    GuideStep(
        _(
            "Press Generate token, choose the app, choose Never under expiry, tick ads_management, "
            "and copy the token. Meta shows it only this time."
        )
    ),
    GuideStep(
        _(
            "Press Save and test. Then make an audience: it appears in the Ads Manager under "
            "Audiences. Matching takes up to a day."
        ),
        "https://adsmanager.facebook.com/adsmanager/audiences",
    ),
)
RIGHTS = _(
    "The system user may manage the ad account; its token has the right ads_management. Your own "
    "log-in is not used and can be closed later without harm."
)
