"""The e-mail of a report: plain text and HTML, charts inside it, files attached or linked."""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from echo_analytics.delivery.parcel import Parcel, ReportFile
    from echo_analytics.delivery.preferences import MailSettings

_FIRST = ("pdf", "html", "xlsx")
_MEGABYTE = 1_000_000
_NAMES = {"html": "interactive page", "pdf": "for print", "xlsx": "workbook"}

# Servers that know no 8BITMIME are still about; lines end as the network wants it.
_POLICY = SMTP.clone(cte_type="7bit")


@dataclass(frozen=True)
class _Link:
    name: str
    target: str
    size: int
    attached: bool


def build(
    parcel: Parcel,
    recipients: tuple[str, ...],
    settings: MailSettings,
    base_url: str | None,
    now: datetime,
) -> bytes:
    """Return the message as it goes over the line.

    Parameters
    ----------
    recipients
        Checked addresses: all stand in the header ``To``.
    base_url
        Where the output folder is served; None gives paths.
    now
        An aware datetime, for the header ``Date``.
    """
    pictures, attached = _chosen(parcel, settings)
    links = [
        _Link(file.name, parcel.link(file.name, base_url), file.size, file in attached)
        for file in _in_order(parcel)
    ]
    domain = settings.from_address.rpartition("@")[2]
    message = EmailMessage(policy=_POLICY)
    message["Subject"] = one_line(f"{parcel.title}: {parcel.period}")
    message["From"] = Address(settings.from_name, addr_spec=settings.from_address)
    message["To"] = tuple(Address(addr_spec=recipient) for recipient in recipients)
    message["Date"] = now
    message["Message-ID"] = message_id(parcel.run_id, domain)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_plain(parcel, links))
    message.add_alternative(_page(parcel, pictures, links, domain), subtype="html")
    page = message.get_payload()[1]  # type: ignore[index]  # it has two parts
    for number, picture in enumerate(pictures):
        page.add_related(  # type: ignore[union-attr]  # it is a message
            picture.path.read_bytes(),
            "image",
            "png",
            cid=f"<{_cid(number, domain)}>",
            filename=picture.path.name,
            disposition="inline",
        )
    for file in _in_order(parcel):
        if file in attached:
            kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
            main, _, sub = kind.partition("/")
            # As bytes: what arrives is what the checksum in the manifest is of.
            message.add_attachment(
                file.path.read_bytes(), main, sub, filename=file.name.replace("/", "-")
            )
    return message.as_bytes()


def message_id(run_id: str, domain: str) -> str:
    """Return the same Message-ID for the same run, whenever it is asked for."""
    safe = "".join(c if c.isascii() and c.isalnum() else "-" for c in run_id)
    return f"<echo-report.{safe}@{domain}>"


def one_line(text: str) -> str:
    """Return a text for a header: what could end a line is a space."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _cid(number: int, domain: str) -> str:
    return f"chart-{number + 1}@{domain}"


def _in_order(parcel: Parcel) -> list[ReportFile]:
    def place(file: ReportFile) -> int:
        return _FIRST.index(file.ending) if file.ending in _FIRST else len(_FIRST)

    return sorted(parcel.files, key=place)


def _chosen(parcel: Parcel, settings: MailSettings) -> tuple[list[ReportFile], set[ReportFile]]:
    """Choose pictures, then files, as long as they fit by their size in the message."""
    left = settings.attach_limit * _MEGABYTE

    def fits(file: ReportFile) -> bool:
        nonlocal left
        travelling = file.size * 4 / 3 * 78 / 76
        if travelling > left:
            return False
        left -= travelling
        return True

    pictures = [picture for picture in parcel.pictures if fits(picture)]
    wanted = settings.attach
    files = [file for file in _in_order(parcel) if wanted is None or file.ending in wanted]
    return pictures, {file for file in files if fits(file)}


def _plain(parcel: Parcel, links: list[_Link]) -> str:
    lines = [one_line(parcel.title), _when(parcel), ""]
    lines += [one_line(sentence) for sentence in parcel.summary]
    lines += ["", "Files:"]
    for link in links:
        where = "attached" if link.attached else link.target
        lines.append(f"- {link.name} ({size_text(link.size)}): {where}")
    lines += ["", f"Run {one_line(parcel.run_id)}"]
    return "\n".join(lines) + "\n"


def _page(parcel: Parcel, pictures: list[ReportFile], links: list[_Link], domain: str) -> str:
    sentences = "\n".join(f"<p>{_html(sentence)}</p>" for sentence in parcel.summary)
    charts = "\n".join(
        f'<p><img src="cid:{_cid(number, domain)}" alt="{_html(picture.alt or "A chart")}" '
        'width="640" style="max-width:100%;height:auto;border:0"></p>'
        for number, picture in enumerate(pictures)
    )
    files = "\n".join(f"<li>{_file(link)}</li>" for link in links)
    return f"""\
<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{_html(parcel.title)}</title></head>
<body style="margin:0;padding:24px;background:#ffffff;color:#1f2328;\
font-family:Helvetica,Arial,sans-serif;font-size:15px;line-height:1.5">
<div style="max-width:680px;margin:0 auto">
<h1 style="font-size:22px;margin:0">{_html(parcel.title)}</h1>
<p style="color:#59636e;margin:4px 0 20px">{escape(_when(parcel))}</p>
{sentences}
{charts}
<h2 style="font-size:16px;margin:24px 0 4px">Files</h2>
<ul style="padding-left:20px;margin:0">
{files}
</ul>
<p style="color:#59636e;font-size:12px;margin-top:24px">Run {_html(parcel.run_id)}</p>
</div>
</body>
</html>
"""


def _file(link: _Link) -> str:
    ending = link.name.rpartition(".")[2].lower()
    kind = f", {_NAMES[ending]}" if ending in _NAMES else ""
    about = f"{size_text(link.size)}{kind}"
    if link.target.startswith(("https://", "http://")):
        name = f'<a href="{_html(link.target)}" style="color:#0b57d0">{_html(link.name)}</a>'
        return f"{name} ({about}{', attached' if link.attached else ''})"
    where = "attached" if link.attached else f"<code>{_html(link.target)}</code>"
    return f"{_html(link.name)} ({about}): {where}"


def _when(parcel: Parcel) -> str:
    zone, words = one_line(parcel.zone), one_line(parcel.words)
    if words:
        words = f"{words[:1].upper()}{words[1:]}"
        return f"{words}, days of {zone}" if zone else words
    return f"{one_line(parcel.period)} ({zone})" if zone else one_line(parcel.period)


def _html(text: str) -> str:
    return escape(one_line(text))


def size_text(size: int) -> str:
    """Return a number of bytes for people."""
    for unit, factor in (("MB", _MEGABYTE), ("kB", 1000)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size} bytes"
