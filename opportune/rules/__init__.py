"""What we decide, and why. Pure: no file, socket, environment, clock or random source."""
