"""What the capture formats share: packets of any framing become rows."""
