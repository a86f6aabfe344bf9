"""The process that sends mails and does jobs: `python -m api.worker`."""
