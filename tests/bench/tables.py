"""Puts measured tables into docs/benchmarks.md, each between markers of its own."""

from pathlib import Path

BENCHMARKS = Path(__file__).parents[2] / "docs" / "benchmarks.md"


def write_section(name: str, text: str, path: Path = BENCHMARKS) -> None:
    """Replace what stands between `<!-- name -->` and `<!-- /name -->`, or append it."""
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    page = path.read_text() if path.exists() else "# Benchmarks\n"
    section = f"{start}\n{text.strip()}\n{end}"
    before, marker, rest = page.partition(start)
    if marker:
        page = before + section + rest.partition(end)[2]
    else:
        page = f"{page.rstrip()}\n\n{section}\n"
    path.write_text(page)


def describe_machine() -> str:
    """Cores, memory and processor, as far as Linux tells."""
    processor = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        "unknown processor",
    )
    info = Path("/proc/meminfo").read_text().split()
    memory = int(info[info.index("MemTotal:") + 1]) / 1024**2
    cores = Path("/proc/cpuinfo").read_text().count("processor\t:")
    return f"{cores} cores ({processor}), {memory:.0f} GB"
