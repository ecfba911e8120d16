"""Where the time of the main job goes: a picture by stage for the documentation.

    python -m benchmarks.profile --rows 1000000 --output docs/performance.svg

``--stages N`` stops after so many stages.
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.case import MILLION, Bench
from benchmarks.exports import make_exports
from benchmarks.stages import Timed, prepared, stages

_BAR, _LEFT, _ROW, _TOP = 420, 230, 30, 44


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=MILLION)
    parser.add_argument("--stages", type=int)
    parser.add_argument("--inputs", type=Path, default=Path(tempfile.gettempdir()) / "meos-benchmarks")
    parser.add_argument("--output", type=Path, default=Path("docs/performance.svg"))
    options = parser.parse_args()
    options.inputs.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=options.inputs) as work:
        bench = Bench(options.rows, options.inputs, Path(work))
        make_exports(bench)
        found = []
        for stage, run in stages(prepared(bench))[: options.stages]:
            wall, cpu = time.perf_counter(), time.process_time()
            run()
            found.append(Timed(stage, time.perf_counter() - wall, time.process_time() - cpu))
            print(f"{stage:32s} wall {found[-1].wall_seconds:7.2f} s, CPU {found[-1].cpu_seconds:7.2f} s", flush=True)
    options.output.write_text(drawn(found, options.rows), encoding="utf-8")


def drawn(found: Sequence[Timed], rows: int) -> str:
    """Return an SVG with one bar per stage: CPU seconds and share."""
    total = sum(item.cpu_seconds for item in found)
    most = max(item.cpu_seconds for item in found)
    height = _TOP + _ROW * len(found) + 10
    title = f"CPU seconds per stage, {rows / 1e6:g} million records, {total:.0f} in all"
    told = "; ".join(f"{item.stage} {item.cpu_seconds:.1f}" for item in found)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_LEFT + _BAR + 110} {height}" role="img">',
        f'<g font-family="sans-serif" font-size="14"><title>{title}</title><desc>{told}</desc>',
        f'<rect width="100%" height="100%" fill="#fff"/><text x="10" y="24" font-weight="bold">{title}</text>',
    ]
    for number, item in enumerate(found):
        y = _TOP + number * _ROW
        width = max(1, round(_BAR * item.cpu_seconds / most))
        lines += [
            f'<text x="{_LEFT - 8}" y="{y + 16}" text-anchor="end">{item.stage}</text>',
            f'<rect x="{_LEFT}" y="{y}" width="{width}" height="22" fill="#2b5c8a"/>',
            f'<text x="{_LEFT + width + 6}" y="{y + 16}">{item.cpu_seconds:.1f} ({item.cpu_seconds / total:.0%})</text>',
        ]
    return "\n".join([*lines, "</g></svg>", ""])


if __name__ == "__main__":
    main()
