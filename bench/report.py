"""The table: what was found, beside the gates that must hold and the goals to reach."""

from statistics import median
from typing import Any

KIB = 1024


def table(found: dict[str, Any]) -> str:
    """What was found, in lines for people."""
    lines = [f"{'':44}{'found':>12}{'gate':>12}{'goal':>12}"]
    for name, value, gate, goal in _rows(found):
        lines.append(f"{name:44}{value:>12}{gate:>12}{goal:>12}")
    lines.append(f"load average of the machine {found['load_before']:.2f} before, {found['load_after']:.2f} after")
    if found.get("is_one_core"):
        lines.append("server and client shared one core: rates and latencies are lower bounds")
    if any(run["is_client_the_limit"] for run in found.get("throughput", [])):
        lines.append("the client's core was full: the rate is a lower bound")
    return "\n".join(lines)


def _rows(found: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    rows: list[tuple[str, str, str, str]] = []
    if runs := found.get("throughput"):
        rows.append(("durable messages a second", _mid(runs, "messages_per_second", 0), ">= 5,000", ">= 10,000"))
        rows.append(("  the best of the runs", f"{max(run['messages_per_second'] for run in runs):,}", "", ""))
        rows.append(
            ("server CPU a message, at full rate (µs)", _mid(runs, "cpu_us_per_message", 1), "<= 200", "<= 100")
        )
        rows.append(("  the client's share of its core", _mid(runs, "client_core_share", 2), "", ""))
        rows.append(("  lost, doubled or refused", str(_wrong(runs)), "0", "0"))
    for rate in sorted({run["rate"] for run in found.get("latency", [])}):
        runs = [run for run in found["latency"] if run["rate"] == rate]
        is_judged = rate == 1000
        for kind in ("ack", "delivery"):
            for share in ("p50", "p99", "max"):
                limits = {"p50": ("", "<= 1.5"), "p99": ("< 15", "<= 8")}.get(share, ("", ""))
                value = median(run[f"{kind}_ms"][share] for run in runs)
                rows.append(
                    (f"{kind} {share} at {rate:,.0f}/s (ms)", f"{value:.2f}", *(limits if is_judged else ("", "")))
                )
        rows.append((f"server CPU a message at {rate:,.0f}/s (µs)", _mid(runs, "cpu_us_per_message", 1), "", ""))
        rows.append(("  client late, p99 (ms)", f"{median(run['client_late_ms']['p99'] for run in runs):.2f}", "", ""))
        rows.append(("  lost, doubled or refused", str(_wrong(runs)), "0", "0"))
    if made := found.get("connections"):
        known, new = made["known"], made["new"]
        rows.append(("KiB of RSS an idle visitor", f"{known['bytes_per_connection'] / KIB:.1f}", "<= 32", "<= 12"))
        rows.append((f"  RSS with all {known['connections']:,} more (MiB)", f"{known['rss_mib']}", "", ""))
        rows.append(("  share of the core while all are idle", f"{known['cpu_share_at_rest']}", "", ""))
        rows.append(("  closed meanwhile", f"{known['closed_meanwhile']}", "0", "0"))
        rows.append(("connects a second, known visitors", f"{known['connects_per_second']:,}", "", ">= 3,000"))
        rows.append(("  CPU a connect (µs)", f"{known['cpu_us_per_connect']}", "", ""))
        rows.append(("connects a second, new visitors", f"{new['connects_per_second']:,}", "", ""))
        rows.append(("  CPU a connect (µs)", f"{new['cpu_us_per_connect']}", "", ""))
    if start := found.get("start"):
        rows.append(("start to first answer (s)", f"{start['seconds']}", "", ""))
        rows.append(("  with an empty folder (s)", f"{start['first_seconds']}", "", ""))
        rows.append(("RSS at start (MiB)", f"{start['rss_mib']}", "<= 100", "<= 80"))
    return rows


def _mid(runs: list[dict[str, Any]], name: str, digits: int) -> str:
    return f"{median(run[name] for run in runs):,.{digits}f}"


def _wrong(runs: list[dict[str, Any]]) -> int:
    return max(int(run["unacknowledged"] + run["undelivered"] + run["doubled"] + run["refused"]) for run in runs)
