"""`pellucid train --find-learning-rate`: which learning rate to begin with."""

from __future__ import annotations

from pathlib import Path

from pellucid.data.class_weights import ClassWeight
from pellucid.data.dataset import Splits
from pellucid.network.network import Network
from pellucid.training.plan import Plan
from pellucid.training.rate_search import find_learning_rate
from pellucid.training.run import choice_for
from pellucid.using.command_line.console import check_places, err, foreign, is_quiet, out, print_json, say
from pellucid.using.compiling import prepare_engine

PICTURE = Path("learning-rates.png")


def find_rate(
    net: Network, data: Splits, plan: Plan, weights: ClassWeight, picture: Path | None, *, json: bool
) -> int:
    """Try learning rates, print the one to begin with, and draw what each made of the loss.

    Parameters
    ----------
    net : Network
    data : Splits
    plan : Plan
    weights : "balanced", mapping or None
        Of classes.
    picture : path or None
        Where the figure goes; by default learning-rates.png.
    json : bool
        Whether a program reads the output.

    Raises
    ------
    OptionError
        If the optimizer has no learning rate.
    """
    from pellucid.understanding.figures.learning_rates import learning_rates_figure
    from pellucid.understanding.figures.paper import save_figure

    picture = picture or PICTURE
    check_places({"--report": picture})
    prepare_engine(choice_for(net, plan), net.dtype, None if is_quiet(json) else err)
    search = find_learning_rate(net, data, plan, class_weight=weights)
    save_figure(learning_rates_figure(search), picture)
    if json:
        print_json(
            {
                "data": data.title,
                "architecture": str(net.architecture),
                "optimizer": plan.optimizer,
                "learning_rate": search.suggestion,
                "rates": search.rates.tolist(),
                "losses": search.losses.tolist(),
                "figure": str(picture),
            }
        )
        return 0
    say(f"[bold]{foreign(data.title)}[/bold], {net.architecture}, {plan.optimizer}:", err)
    lowest, highest = search.rates[0], search.rates[-1]
    say(
        f"[bold]learning rate {search.suggestion:.2g}[/bold] is a good beginning: a tenth of the rate at which "
        f"the loss was lowest, in {len(search.rates)} steps from {lowest:.2g} to {highest:.2g}"
    )
    out.print(f"figure  {foreign(picture)}   try: --learning-rate {search.suggestion:.2g}", soft_wrap=True)
    return 0
