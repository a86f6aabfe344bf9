"""Customer lifetime value by the original specification: average order value times orders."""

import numpy as np
import pandas as pd

LIFESPAN = 1


def estimate_clv(members: pd.DataFrame, *, decimals: int) -> pd.DataFrame:
    """Value members by what they have paid. Visits play no part.

    In: `member_id, spend` (minor units)`, orders`. Out: `member_id, average_order_value,
    clv_value`, both in major units and exact in the `decimals` of the currency. Who never ordered
    is worth 0.
    """
    has_ordered = members["orders"] > 0
    spend = members["spend"].where(has_ordered, 0)
    orders = members["orders"].where(has_ordered, 1)
    # Halves go up, in whole minor units: (2s + n) // 2n is s / n rounded.
    average = (2 * spend + orders) // (2 * orders)
    # From the unrounded average, else a third of a cent per order would be lost.
    value = np.rint(spend / orders * orders * LIFESPAN)
    return pd.DataFrame(
        {
            "member_id": members["member_id"],
            "average_order_value": average / 10**decimals,
            "clv_value": value / 10**decimals,
        }
    )
