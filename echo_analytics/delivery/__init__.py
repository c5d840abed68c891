"""What happens with a report once it is published: e-mail, and a JSON message to a URL."""

from __future__ import annotations

from echo_analytics.delivery.addresses import recipients
from echo_analytics.delivery.deliver import Delivered, deliver
from echo_analytics.delivery.parcel import Parcel, ReportFile, read_parcel
from echo_analytics.delivery.preferences import DeliverySettings, MailSettings
from echo_analytics.delivery.register import Register
from echo_analytics.delivery.webhook import webhook_url

__all__ = [
    "Delivered",
    "DeliverySettings",
    "MailSettings",
    "Parcel",
    "Register",
    "ReportFile",
    "deliver",
    "read_parcel",
    "recipients",
    "webhook_url",
]
