"""The notebook runs from top to bottom on a gym's data, and carries nothing of a machine in git."""

import asyncio
import warnings
from pathlib import Path

import nbformat
import pytest

from tests.ds.churn.work import LARGE_OWNER, Workplace
from tests.fixtures.postgres import ROOT

NOTEBOOK = ROOT / "ds" / "notebooks" / "churn_training.ipynb"


def test_it_runs_from_data_to_decision(
    past: Workplace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with warnings.catch_warnings():
        # Of Jupyter's own packages while they load and talk.
        warnings.simplefilter("ignore")
        # Where letters are looked for the first time, in seconds: the kernel would say so aloud.
        import matplotlib.font_manager  # noqa: F401
        from nbclient import NotebookClient

        for name, value in past.database.environment.items():
            monkeypatch.setenv(name, value)
        # Streamlit's tests, before this one in the same process, leave it to draw nothing.
        monkeypatch.delenv("MPLBACKEND", raising=False)
        monkeypatch.setenv("GYM_EMAIL", LARGE_OWNER)
        monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
        notebook = nbformat.read(NOTEBOOK, as_version=4)
        client = NotebookClient(
            notebook,
            timeout=900,
            startup_timeout=300,
            iopub_timeout=120,  # what a cell has drawn may come long after it has ended
            kernel_name="python3",
            resources={"metadata": {"path": str(ROOT)}},
        )
        asyncio.run(client.async_execute())
    outputs = [one for cell in notebook.cells for one in cell.get("outputs", [])]
    pictures = [one for one in outputs if "image/png" in one.get("data", {})]
    assert len(pictures) == 5
    said = "".join(one.get("text", "") for one in outputs)
    assert "Harbor Lane Fitness:" in said
    assert "for the member with the highest probability, because:" in said
    assert "passed - better than the rules" in said
    assert "logistic:" in said
    assert not [one for one in outputs if one.output_type == "stream" and one.name == "stderr"]


def test_what_is_committed_has_no_outputs_and_no_machine() -> None:
    text = NOTEBOOK.read_text()
    for cell in nbformat.read(NOTEBOOK, as_version=4).cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
    for trace in ("/home/", "/root/", "C:\\\\", "postgresql://"):
        assert trace not in text
