#!/usr/bin/env python3
"""Reduce LiteLLM's price table to the models and keys `src/pricing` uses.

Usage:
    pip download --no-deps litellm==<version> -d <dir>
    python3 reduce.py <dir>/litellm-<version>-*.whl > litellm.json

Afterwards copy the version and the sha256 (printed on stderr) into NOTICE, and the version into
TABLE_VERSION in `src/pricing/mod.rs`; a test compares them.

What is kept: providers anthropic, openai and gemini; text models (mode chat or responses) with an input
and an output price; the price keys of text tokens with their lifetime, tier and service-tier suffixes; the
fast and US multipliers; the context window. What is dropped: fine-tuned models, models priced 0 (a price of
0 there means "not sold by the token"), image, audio and video prices, cache writes kept for 12 hours (no
agent reports them apart).

Units: USD per token becomes picodollars per token, which is the same number as microdollars per million
tokens; multipliers become thousandths. All are integers, so that the Rust side never sees a float.
"""

import hashlib
import json
import re
import sys
import zipfile
from decimal import Decimal

MEMBER = "litellm/model_prices_and_context_window_backup.json"
PROVIDERS = ("anthropic", "openai", "gemini")
MODES = ("chat", "responses")
PRICE = re.compile(
    r"(input_cost_per_token|output_cost_per_token|cache_read_input_token_cost|cache_creation_input_token_cost)"
    r"(_above_1hr)?(_above_\d+k_tokens)?(_batches|_flex|_priority|_ultrafast)?"
)


def whole(value, unit, where):
    """`value` counted in `unit`s, which must come out exact."""
    scaled = Decimal(value) * unit
    if scaled != scaled.to_integral_value():
        sys.exit(f"{where}: {value} is no whole multiple of 1/{unit}")
    return int(scaled)


def row(name, entry):
    """The kept keys of one table entry."""
    kept = {}
    for key, value in entry.items():
        if PRICE.fullmatch(key) and value is not None:
            kept[key] = whole(value, 10**12, f"{name}.{key}")
    for key in ("fast", "us"):
        if key in entry.get("provider_specific_entry", {}):
            value = entry["provider_specific_entry"][key]
            kept[f"{key}_multiplier_milli"] = whole(value, 1000, f"{name}.{key}")
    if "max_input_tokens" in entry:
        kept["max_input_tokens"] = int(entry["max_input_tokens"])
    return kept


def main():
    with zipfile.ZipFile(sys.argv[1]) as wheel:
        raw = wheel.read(MEMBER)
        meta = next(n for n in wheel.namelist() if n.endswith(".dist-info/METADATA"))
        version = re.search(r"^Version: (.+)$", wheel.read(meta).decode(), re.M).group(1).strip()
    print(f"litellm {version}, {len(raw)} bytes, sha256 {hashlib.sha256(raw).hexdigest()}", file=sys.stderr)

    models = {provider: {} for provider in PROVIDERS}
    # Bare keys last, so that they win over the same model listed as `gemini/...`.
    for name, entry in sorted(json.loads(raw, parse_float=Decimal).items(), key=lambda item: "/" not in item[0]):
        provider = entry.get("litellm_provider")
        if provider not in PROVIDERS or entry.get("mode") not in MODES or name.startswith("ft:"):
            continue
        if not entry.get("input_cost_per_token") or not entry.get("output_cost_per_token"):
            continue
        models[provider][name.removeprefix(provider + "/")] = row(name, entry)

    # One model a line, everything sorted: the diff of two versions shows exactly which prices changed.
    print(f'{{"table":"litellm {version}","models":{{')
    for provider in PROVIDERS:
        lines = [
            f"{json.dumps(name)}:{json.dumps(models[provider][name], sort_keys=True, separators=(',', ':'))}"
            for name in sorted(models[provider])
        ]
        print(f'"{provider}":{{\n' + ",\n".join(lines) + "\n}" + ("" if provider == PROVIDERS[-1] else ","))
    print("}}")


if __name__ == "__main__":
    main()
