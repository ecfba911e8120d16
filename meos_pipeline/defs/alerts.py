"""Who is told when a run fails: a message file in the data folder, and mail when a server is configured."""

import smtplib
from email.message import EmailMessage
from typing import TYPE_CHECKING

import dagster as dg

from meos_pipeline.errors import PipelineError
from meos_pipeline.settings import Alerts
from meos_pipeline.steps.care import write_alert

if TYPE_CHECKING:
    from meos_pipeline.defs.resources import WorkspaceResource

_TIMEOUT_SECONDS = 10


@dg.failure_hook(name="tell_people", required_resource_keys={"workspace"})
def tell_people(context: dg.HookContext) -> None:
    """Say which step failed and what to do; the message holds no value from the data."""
    workspace: WorkspaceResource = context.resources.workspace
    error = context.op_exception
    what = str(error) if isinstance(error, PipelineError) else "An unexpected fault; see the run in Dagster"
    text = f"Step '{context.op.name}' of job '{context.job_name}' failed (run {context.run_id[:8]}).\n{what}\n"
    try:
        space = workspace.open()
    except PipelineError as trouble:
        context.log.warning("The alert could not be written: %s", trouble)
        return
    write_alert(space.folder, text, now=workspace.now())
    alerts = space.settings.alerts
    if alerts.smtp_host and alerts.recipients:
        try:
            send_mail(alerts, f"meos: step '{context.op.name}' failed", text)
        except (OSError, smtplib.SMTPException) as trouble:
            context.log.warning(
                "The mail server did not take the alert (%s); it is in the alerts file", type(trouble).__name__
            )


def send_mail(alerts: Alerts, subject: str, text: str) -> None:
    """Send one plain mail to all recipients."""
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = subject, alerts.sender, ", ".join(alerts.recipients)
    mail.set_content(text)
    with smtplib.SMTP(alerts.smtp_host, alerts.smtp_port, timeout=_TIMEOUT_SECONDS) as server:
        server.send_message(mail)
