"""How a gym looks: its logo and its colour, in the dashboard, in mails to members and on paper."""
