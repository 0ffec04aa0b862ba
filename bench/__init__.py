"""How fast are we, beside a floor or a peer measured in the same run? One module per subject; see `make bench`."""
