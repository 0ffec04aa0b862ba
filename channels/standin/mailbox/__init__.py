"""A practice mailbox that speaks real SMTP and IMAP on loopback: what it takes is shown on a page, never delivered."""
