"""An exam in a notebook, by ipywidgets: the same attempt as in the terminal."""

import asyncio
from contextlib import suppress
from typing import Any

from mlslab.course import Course, load_course
from mlslab.exam import attempt as attempts
from mlslab.exam.attempt import Attempt, TimeIsUpError
from mlslab.exam.drawing import draw
from mlslab.exam.result import judge
from mlslab.exam.wish import Wish
from mlslab.exam.words import by_domain, by_task, clock, rules, summary, to_repeat
from mlslab.questions.bank import load_bank
from mlslab.questions.choosers import chooser, question_html
from mlslab.questions.explained import RIGHT, WRONG, explained
from mlslab.show import Card, Rows, marked

_GREEN, _AMBER, _BLUE = "#1a7f37", "#b35900", "#0969da"


def take(**wish: Any) -> None:
    """Take an exam in the notebook; one that is under way goes on.

    Args:
        wish: members of `Wish`, such as `full=True`, `count=5`, `seed=7`, or
            `domains={"3"}`.
    """
    from IPython.display import display

    course = load_course()
    attempt = attempts.under_way()
    if attempt is None:
        attempt = attempts.begin(draw(load_bank(course), Wish(**wish)))
    display(ExamWidget(course, attempt).box)


class ExamWidget:
    """The attempt's face in a notebook; `box` is the widget to display."""

    def __init__(self, course: Course, attempt: Attempt) -> None:
        import ipywidgets as widgets

        self.course, self.attempt = course, attempt
        self._widgets = widgets
        self._clock = widgets.HTML()
        self._places = widgets.Dropdown(layout=widgets.Layout(width="12em"))
        self._places.observe(self._chosen, "value")
        self.box = widgets.VBox()
        if attempt.submitted:
            self._show_result()
        else:
            self._show_rules()

    def _show_rules(self) -> None:
        lines = rules(self.attempt.paper)
        if self.attempt.seconds:
            lines.append(f"It goes on after {clock(self.attempt.seconds)}.")
        card = Card(self.attempt.paper.title, tuple(lines), _BLUE)
        self.box.children = [
            self._widgets.HTML(card._repr_html_()),
            self._button("Begin", self._begin, "primary"),
        ]

    def _begin(self) -> None:
        self.attempt.resume()
        with suppress(RuntimeError):  # no loop: nobody to watch the clock
            asyncio.get_running_loop().create_task(self._watch())
        self._show_question()

    async def _watch(self) -> None:
        while not self.attempt.submitted:
            await asyncio.sleep(1)
            self.attempt.tick()
            self._show_clock()
        self._show_result()

    def _show_question(self) -> None:
        attempt, item = self.attempt, self.attempt.item
        scenario = Card("Case study", (item.scenario,), "#57606a")
        choice = chooser(item.question, attempt.answers.get(attempt.place, ()))
        choice.on_change(lambda: self._answer(choice.answer()))
        self._show_clock()
        self.box.children = [
            self._clock,
            *([self._widgets.HTML(scenario._repr_html_())] if item.scenario else []),
            self._widgets.HTML(question_html(item.question)),
            choice.widget,
            self._widgets.HBox(self._controls()),
        ]

    def _controls(self) -> list[Any]:
        attempt = self.attempt
        last = len(attempt.paper.items) - 1
        back = self._button("Back", lambda: self._go(attempt.place - 1))
        forth = self._button("Next", lambda: self._go(attempt.place + 1))
        back.disabled, forth.disabled = attempt.place == 0, attempt.place == last
        mark = "Unmark" if attempt.place in attempt.marked else "Mark"
        self._name_places()
        pause = [self._button("Pause", self._pause)] if attempt.paper.pausing else []
        hand_in = self._button("Hand in", self._ask_to_hand_in, "warning")
        return [
            back,
            forth,
            self._places,
            self._button(mark, self._mark),
            *pause,
            hand_in,
        ]

    def _name_places(self) -> None:
        """Have the menu of questions say which are open, and which one is shown."""
        menu, count = self._places, len(self.attempt.paper.items)
        menu.unobserve(self._chosen, "value")  # new options choose the first of them
        with menu.hold_sync():
            menu.options = [(self._named(place), place) for place in range(count)]
            menu.value = self.attempt.place
        menu.observe(self._chosen, "value")

    def _chosen(self, change: Any) -> None:
        self._go(change["new"])

    def _named(self, place: int) -> str:
        open_ = "open" if place in self.attempt.open_places else "answered"
        mark = " ⚑" if place in self.attempt.marked else ""
        return f"{place + 1}: {open_}{mark}"

    def _answer(self, keys: tuple[str, ...]) -> None:
        try:
            self.attempt.answer(self.attempt.place, keys)
        except TimeIsUpError:
            return  # the result is about to be shown
        self._show_clock()
        self._name_places()

    def _go(self, place: int) -> None:
        self.attempt.go(place)
        self._show_question()

    def _mark(self) -> None:
        self.attempt.mark(self.attempt.place)
        self._show_question()

    def _pause(self) -> None:
        self.attempt.pause()
        self.box.children = [
            self._widgets.HTML("The clock stands."),
            self._button("Go on", self._go_on, "primary"),
        ]

    def _go_on(self) -> None:
        self.attempt.resume()
        self._show_question()

    def _ask_to_hand_in(self) -> None:
        places = [str(place + 1) for place in self.attempt.open_places]
        still = f"Open: {', '.join(places)}." if places else "Nothing is open."
        self.box.children = [
            self._clock,
            self._widgets.HTML(f"Hand in the exam? {still}"),
            self._widgets.HBox(
                [
                    self._button("Yes, hand in", self._hand_in, "warning"),
                    self._button("No, go on", self._show_question),
                ]
            ),
        ]

    def _hand_in(self) -> None:
        self.attempt.submit()
        self._show_result()

    def _show_clock(self) -> None:
        attempt = self.attempt
        left = attempt.left
        time = clock(attempt.spent) if left is None else f"{clock(left)} left"
        done = len(attempt.paper.items) - len(attempt.open_places)
        mark = " · ⚑ marked" if attempt.place in attempt.marked else ""
        self._clock.value = (
            f"<strong>Question {attempt.place + 1} of {len(attempt.paper.items)}"
            f" · {done} answered · {time}{mark}</strong>"
        )

    def _show_result(self) -> None:
        paper, result = self.attempt.paper, judge(self.attempt)
        heading, *lines = summary(self.attempt, result)
        cards: list[Card | Rows] = [
            Card(heading, tuple(lines), _GREEN if result.passed else _AMBER),
            Rows("By domain", ("", "right", "domain"), tuple(by_domain(paper, result))),
            Rows("By task", ("", "right", "task"), tuple(by_task(paper, result))),
        ]
        if repeat := to_repeat(self.course, result):
            cards.append(Card("Labs to repeat", tuple(repeat), _BLUE))
        shown = [self._widgets.HTML(card._repr_html_()) for card in cards]
        self.box.children = [*shown, self._reasons(result.right)]

    def _reasons(self, right: tuple[bool, ...]) -> Any:
        pages, titles = [], []
        for place, (item, good) in enumerate(
            zip(self.attempt.paper.items, right, strict=True)
        ):
            answer = self.attempt.answers.get(place, ())
            scenario = (
                f"<p><em>{marked(item.scenario)}</em></p>" if item.scenario else ""
            )
            lines = "".join(
                f'<div style="margin:.4em 0">{marked(line)}</div>'
                for line in explained(item.question, answer)
            )
            pages.append(
                self._widgets.HTML(
                    f'<div style="line-height:1.5">{scenario}'
                    f"<p>{marked(item.question.text)}</p>{lines}</div>"
                )
            )
            sign = RIGHT if good else WRONG
            titles.append(f"{sign} {place + 1}. {item.question.text[:80]} …")
        return self._widgets.Accordion(children=pages, titles=titles)

    def _button(self, text: str, act: Any, style: str = "") -> Any:
        button = self._widgets.Button(description=text, button_style=style)
        button.on_click(lambda _: act())
        return button
