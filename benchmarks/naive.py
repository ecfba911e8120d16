"""What an analyst would write in an afternoon with pandas and statsmodels, written fairly.

It reads the same exports, drops names and free text, hashes identifiers, removes duplicates, counts per team and month
with intervals, finds repeats within 30 and 90 days, and fits the models row by row with formulas. It protects no
counts, checks no structure, explains no rejected row and draws one chart per team.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

STRICT = ("AANHOUDING", "INBESLAGNAME_WAPEN_WWM", "INBESLAGNAME_DRUGS", "GOED_GESTOLEN", "PV_MISDRIJF")
BROAD = (
    *STRICT,
    "SIGNALERING_GEZOCHT",
    "OPENSTAANDE_BOETE",
    "PV_OVERTREDING",
    "BON_VERKEER",
    "RIJBEWIJS_INGENOMEN",
    "RIJVERBOD",
    "INBESLAGNAME_APV",
    "BON_APV",
)
KEPT = [
    "controle_id",
    "datum",
    "tijd",
    "datumtijd_registratie",
    "basisteam_medewerker",
    "dienstsoort",
    "medewerker",
    "soort_controle",
    "proactief",
    "reden_code",
    "grondslag",
    "resultaat_code",
    "kenteken",
    "persoon_id",
    "leeftijd",
    "geslacht",
    "uitleg_gegeven",
    "wijk_code",
]


def naive_report(landing: Path, target: Path) -> Mapping[str, object]:
    """Read the exports in ``landing`` and write tables and charts to ``target``."""
    import numpy as np
    import pandas as pd
    import plotly.express as px
    import statsmodels.api as sm
    import statsmodels.formula.api as smf
    from statsmodels.stats.proportion import proportion_confint

    rows = pd.concat(
        [pd.read_csv(path, sep=";", dtype=str, usecols=KEPT) for path in sorted(landing.glob("controles_*.csv"))],
        ignore_index=True,
    )
    rows["moment"] = pd.to_datetime(rows["datum"] + " " + rows["tijd"].fillna("12:00"), format="%d-%m-%Y %H:%M")
    rows["entered"] = pd.to_datetime(rows["datumtijd_registratie"], format="%d-%m-%Y %H:%M")
    rows["month"] = rows["moment"].dt.to_period("M").dt.to_timestamp()
    rows["team"] = rows["basisteam_medewerker"].str.removeprefix("BT ")
    rows["leeftijd"] = pd.to_numeric(rows["leeftijd"], errors="coerce")
    rows["age_band"] = (
        pd.cut(
            rows["leeftijd"],
            [0, 12, 18, 25, 35, 45, 55, 65, 120],
            right=False,
            labels=["0-11", "12-17", "18-24", "25-34", "35-44", "45-54", "55-64", "65+"],
        )
        .astype(object)
        .fillna("unknown")
    )
    for column in ("persoon_id", "kenteken", "medewerker"):
        values = rows[column].dropna().unique()
        rows[column] = rows[column].map({v: hashlib.sha256(f"key{v}".encode()).hexdigest()[:32] for v in values})
    rows = rows.sort_values("entered").drop_duplicates("controle_id", keep="last")
    first = rows["resultaat_code"].str.split(",").str[0]
    rows["strict"], rows["broad"] = first.isin(STRICT), first.isin(BROAD)
    rows["known"] = rows["resultaat_code"].notna()
    rows["timely"] = (rows["entered"] - rows["moment"]).dt.total_seconds() <= 7200
    proactive = rows[rows["proactief"] == "J"]

    counts = (
        proactive.groupby(["team", "month"])
        .agg(
            n=("known", "size"),
            known=("known", "sum"),
            strict=("strict", "sum"),
            broad=("broad", "sum"),
            explained=("uitleg_gegeven", lambda s: (s == "J").sum()),
            officers=("medewerker", "nunique"),
            timely=("timely", "mean"),
        )
        .reset_index()
    )
    low, high = proportion_confint(counts["broad"], counts["known"], method="wilson")
    counts["low"], counts["high"] = low, high
    for key in ("persoon_id", "kenteken"):
        linked = proactive.dropna(subset=[key]).sort_values([key, "moment"])
        gap = linked.groupby(key)["moment"].diff().dt.days
        for window in (30, 90):
            share = (gap <= window).groupby([linked["team"], linked["month"]]).mean()
            counts = counts.merge(share.rename(f"{key}_{window}").reset_index(), on=["team", "month"], how="left")
    crossed = [
        proactive.groupby(["team", "month", column, "broad"]).size()
        for column in ("reden_code", "grondslag", "age_band", "geslacht", "dienstsoort", "wijk_code")
    ]

    counts["t"] = counts["month"].rank(method="dense")
    trend = smf.glm(
        "n ~ C(team) + t + np.sin(2*np.pi*t/12) + np.cos(2*np.pi*t/12)", counts, family=sm.families.Poisson()
    ).fit()
    known = proactive[proactive["known"] & proactive["geslacht"].notna()].assign(y=lambda f: f["broad"].astype(int))
    outcome = smf.glm("y ~ C(age_band) + C(geslacht) + C(team)", known, family=sm.families.Binomial()).fit()
    evening = known[known["moment"].dt.hour.between(17, 21)].assign(
        young=lambda f: (f["age_band"] == "18-24").astype(int),
        light=lambda f: f["moment"].dt.month.between(4, 9).astype(int),
        quarter=lambda f: f["moment"].dt.hour,
    )
    veil = smf.glm("young ~ light + C(quarter) + C(team)", evening, family=sm.families.Binomial()).fit()

    target.mkdir(parents=True, exist_ok=True)
    counts.to_csv(target / "counts.csv", index=False)
    for team, months in counts.groupby("team"):
        shown = months.assign(rate=months["broad"] / months["known"])
        px.line(shown, x="month", y="rate", title=str(team)).write_html(target / f"{team}.html", include_plotlyjs="cdn")
    return {
        "rows": len(rows),
        "tables": 1 + len(crossed),
        "trend": float(trend.params["t"]),
        "young": float(np.exp(outcome.params["C(age_band)[T.18-24]"])),
        "veil": float(veil.params["light"]),
    }
