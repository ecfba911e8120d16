"""Who is told when a run fails or a file is refused: a message file in the data folder, and mail when a server is configured."""

import smtplib
from email.message import EmailMessage
from typing import TYPE_CHECKING

import dagster as dg

from meos_pipeline.errors import PipelineError
from meos_pipeline.settings import Alerts
from meos_pipeline.steps.care import write_alert
from meos_pipeline.steps.language import of_site

if TYPE_CHECKING:
    from meos_pipeline.defs.resources import WorkspaceResource

_TIMEOUT_SECONDS = 10
_WORTH_A_MESSAGE = frozenset(
    {"no_export_is_refused", "no_row_is_set_aside_unseen", "every_team_still_delivers", "edition_verifies"}
)
"""Checks that do not stop a run, and yet ask a person to act."""


@dg.failure_hook(name="tell_people", required_resource_keys={"workspace"})
def tell_people(context: dg.HookContext) -> None:
    """Say which step failed and what to do; the message holds no value from the data."""
    error = context.op_exception
    if isinstance(error, dg.Failure):
        what = error.description or ""
    elif isinstance(error, PipelineError | dg.DagsterAssetCheckFailedError):
        what = f"{error}\n{_advice_of_checks(context, only=None)}".strip()
    else:
        what = "An unexpected fault; see the run in Dagster"
    _tell(context, f"step '{context.op.name}' failed", what)


@dg.success_hook(name="tell_of_refusals", required_resource_keys={"workspace"})
def tell_of_refusals(context: dg.HookContext) -> None:
    """Say what a step that went well could not use: refused files, silent teams, a damaged edition."""
    what = _advice_of_checks(context, only=_WORTH_A_MESSAGE)
    if what:
        _tell(context, f"step '{context.op.name}' asks for attention", what)


def send_mail(alerts: Alerts, subject: str, text: str) -> None:
    """Send one plain mail to all recipients."""
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = subject, alerts.sender, ", ".join(alerts.recipients)
    mail.set_content(text)
    with smtplib.SMTP(alerts.smtp_host, alerts.smtp_port, timeout=_TIMEOUT_SECONDS) as server:
        server.send_message(mail)


def _tell(context: dg.HookContext, subject: str, what: str) -> None:
    workspace: WorkspaceResource = context.resources.workspace
    text = f"{subject[0].upper()}{subject[1:]}, in job '{context.job_name}' (run {context.run_id[:8]}).\n{what}\n"
    try:
        space = workspace.look()
        text, subject = of_site(text, space.settings), of_site(subject, space.settings)
        write_alert(space.folder, text, now=workspace.now())
    except PipelineError as trouble:
        context.log.warning("The alert could not be written: %s", trouble)
        return
    alerts = space.settings.alerts
    if alerts.smtp_host and alerts.recipients:
        try:
            send_mail(alerts, f"meos: {subject}", text)
        except (OSError, smtplib.SMTPException) as trouble:
            context.log.warning(
                "The mail server did not take the alert (%s); it is in the alerts file", type(trouble).__name__
            )


def _advice_of_checks(context: dg.HookContext, *, only: frozenset[str] | None) -> str:
    """Return what to do about the checks of this step that failed: those that stopped it, or the ones named."""
    events = context.instance.all_logs(context.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
    told = {}
    for event in events:
        if event.step_key != context.step_key or event.dagster_event is None:
            continue
        item = event.dagster_event.asset_check_evaluation_data
        chosen = item.check_name in only if only is not None else item.blocking
        if chosen and not item.passed and "what to do" in item.metadata:
            told[item.check_name] = f"{item.check_name}: {item.metadata['what to do'].value}"
    return "\n".join(told.values())
