"""liman-verify: judge a document without asking the office: its seal, the published certificates, the signed lists."""
