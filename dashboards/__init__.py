"""The board: pages and figures; figures are pure functions of rows."""
