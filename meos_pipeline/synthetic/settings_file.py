"""The commented ``meos.toml`` of a fictional district."""

from meos_pipeline.synthetic.names import ORGANISATION


def settings_text(*, latitude: float, longitude: float, origin: bool) -> str:
    """Return the settings of the generated district; every page will say that it is fictional."""
    groups = (
        'kinds = ["age_band", "sex", "origin"]\n'
        "# Origin is read only with a lawful source; here it is part of the fiction.\n"
        'origin_legal_basis = "verzonnen, alleen voor de demonstratie"\n'
        'origin_document_date = "2024-01-01"\n'
        if origin
        else '# Which groups are compared. "origin" needs origin_legal_basis as well.\nkinds = ["age_band", "sex"]\n'
    )
    return f"""# Settings of a fictional district, written by the generator. Nothing here is real.
# Every key may be left out; the documentation lists all keys with their defaults.

[site]
organisation = "{ORGANISATION}"
# Every page says that its figures are made up.
fictional = true
purpose = "Demonstratie met verzonnen gegevens"
languages = ["nl", "en"]
time_zone = "Europe/Amsterdam"
# Fallback place for the position of the sun; teams have their own in organisatie.csv.
latitude = {latitude:.3f}
longitude = {longitude:.3f}
contact = "niemand: dit district bestaat niet"

[sources]
# Layout of the exports: the Dutch layout that the generator writes.
profile = "meos"
encoding = "utf-8"
# An export holds what was entered since the one before, so absence does not mean deletion.
complete = false
include_officers = true

[groups]
{groups}"""
