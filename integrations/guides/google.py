"""Where to find at Google what the connection needs: an account, a project, a log-in."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from integrations.guides import GuideStep

GUIDE = (
    GuideStep(
        _(
            "Open Google Ads. The customer ID stands at the top right, such as 123-456-7890. If "
            "you see the account through a manager account, note the manager's ID too."
        ),
        "https://ads.google.com/aw/overview",
    ),
    GuideStep(
        _(
            "In Google Ads open Tools, Shared library, Audience manager, and accept the Customer "
            "Match terms if it asks for them."
        ),
        "https://ads.google.com/aw/audiences/management",
    ),
    GuideStep(
        _("Make a project of your own in the Google Cloud console, for example Regulars."),
        "https://console.cloud.google.com/projectcreate",
    ),
    GuideStep(
        _("Choose the project, open the page of the Data Manager API and press Enable."),
        "https://console.cloud.google.com/apis/library/datamanager.googleapis.com",
    ),
    GuideStep(
        _(
            "Open Google Auth Platform. Fill in Branding, choose External under Audience, and "
            "press Publish app there. As long as it is in testing, every log-in ends after 7 days."
        ),
        "https://console.cloud.google.com/auth/audience",
    ),
    GuideStep(
        _(
            "Under Clients press Create client, choose Web application, and add "
            "https://developers.google.com/oauthplayground under Authorised redirect URIs. Copy "
            "the client ID and the client secret into the form."
        ),
        "https://console.cloud.google.com/auth/clients",
    ),
    GuideStep(
        _(
            "Open the OAuth Playground. Click the gear, tick Use your own OAuth credentials and "
            "paste both. At the left enter the scope "
            "https://www.googleapis.com/auth/datamanager and press Authorize APIs; log in as "
            "somebody who may manage the Google Ads account."
        ),
        "https://developers.google.com/oauthplayground/",
    ),
    GuideStep(
        _(
            "Press Exchange authorization code for tokens and copy the refresh token, which begins "
            "with 1//, into the form."
        )
    ),
    GuideStep(
        _(
            "Press Save and test. Then make an audience: it appears in Google Ads under Audience "
            "manager. Sizes show a day or more later."
        )
    ),
)
RIGHTS = _(
    "Whoever logs in needs Standard or Admin access to the Google Ads account. The log-in is given "
    "one right only: to manage audience data (the scope datamanager)."
)
