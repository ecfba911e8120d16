"""Settings of the workers. ``dagster_celery.app`` reads this module when its folder is on PYTHONPATH."""

import os

broker_url = os.environ["MEOS_BROKER"]
result_backend = broker_url
result_extended = True
# Names and numbers only: a message that asks to load objects, which could run anything, is refused.
task_serializer = result_serializer = "json"
accept_content = result_accept_content = ["json"]
broker_connection_retry_on_startup = True

# A run belongs to the queue until it is done. What a dead worker held is handed out again after this many seconds;
# Dagster ignores a second delivery of a run that has begun. Keep it far above the seconds that a run needs to begin.
task_acks_late = True
broker_transport_options = {"visibility_timeout": int(os.environ.get("MEOS_VISIBILITY_SECONDS", "300"))}

# One run at a time per place, none in reserve; memory goes back to the machine now and then.
worker_prefetch_multiplier = 1
worker_max_tasks_per_child = 50
worker_send_task_events = False
