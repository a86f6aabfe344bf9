"""The process that sends what the outbox holds: `python -m api.worker`."""
