"""Which law applies where: one row per place, read from TOML and handed to the rules parsed."""
