"""What stands on a plate beside the number: bands, names, stickers, strips, pictures, by country."""
from __future__ import annotations

import cv2
import numpy as np

from drawing import HEIGHT, Area
from drawing.canvas import Canvas
from drawing.words import WORDS


def furnish(canvas: Canvas) -> Area:
    """Draws what stands on a plate of that kind beside the number; returns where the number may stand."""
    return {
        'eu': _furnish_eu,
        'gb': _furnish_gb,
        'us': _furnish_us,
        'br': _furnish_br,
        'in': _furnish_in,
        'pk': _furnish_pk,
        'vn': _furnish_vn,
        'gcc': _furnish_gcc,
        'tr': _furnish_tr,
        'any': _furnish_any,
    }[canvas.kind](canvas)


def _band(canvas: Canvas, word: str, at_right: bool = False) -> float:
    """Blue band with stars and country letters; returns its width."""
    rng, u = canvas.random, canvas.random.uniform
    width = HEIGHT * (u(0.3, 0.46) if not canvas.two else u(0.18, 0.26))
    gray = u(20, 110) if rng.random() < 0.8 else canvas.ground * u(0.75, 0.97)
    x0 = canvas.width - 2 - width if at_right else 2
    height = HEIGHT - 3 if not canvas.two or rng.random() < 0.3 else int(HEIGHT * u(0.42, 0.5))
    cv2.rectangle(canvas.image, (int(x0), 2), (int(x0 + width), height), gray, -1)
    bright = u(180, 255) if gray < 140 else u(0, 90)
    if rng.random() < 0.75:
        centre, radius, y = x0 + width / 2, width * u(0.24, 0.34), height * u(0.25, 0.36)
        for k in range(12):
            cv2.circle(
                canvas.image,
                (int(centre + radius * np.sin(k * np.pi / 6)), int(y + radius * np.cos(k * np.pi / 6))),
                1 if rng.random() < 0.8 else 2,
                bright,
                -1,
            )
    elif rng.random() < 0.5:
        cv2.rectangle(
            canvas.image,
            (int(x0 + width * 0.2), int(height * 0.2)),
            (int(x0 + width * 0.8), int(height * 0.42)),
            u(0, 255),
            -1,
        )
    if rng.random() < 0.85:
        canvas.write(word, x0 + width / 2, height * u(0.62, 0.76), height * u(0.15, 0.24), bright, width * 0.85)
    return width + 2


def _sticker(canvas: Canvas, x: float, y: float, w: float, h: float, word: str | None) -> None:
    """A month, year or test sticker, with a word or not."""
    u, rng = canvas.random.uniform, canvas.random
    gray = u(50, 250)
    cv2.rectangle(canvas.image, (int(x), int(y)), (int(x + w), int(y + h)), gray, -1)
    if word and rng.random() < 0.8:
        canvas.write(word, x + w / 2, y + h * 0.2, h * 0.6, 20 if gray > 120 else 235, w * 0.85)


def _furnish_eu(canvas: Canvas) -> Area:
    rng, u = canvas.random, canvas.random.uniform
    left = right = 0.0
    if rng.random() < 0.78:
        left = _band(
            canvas,
            rng.choice('D F I E PL RO CZ SK H A NL B S HR SLO BG P GR IRL DK N FIN LT LV EST L CH UA MD SRB'.split()),
        )
    if not canvas.two and rng.random() < 0.14:
        right = _band(canvas, rng.choice(['75', '2A', '13', '98', '06', 'ROMA', '04']), at_right=True)
    if rng.random() < 0.06:
        for y in (HEIGHT * 0.05, HEIGHT * 0.95):
            cv2.line(canvas.image, (0, int(y)), (canvas.width, int(y)), u(60, 110), 2)
    if canvas.two:
        return canvas.margins((0.08, 0.13), (0.88, 0.93), left, right)
    return canvas.margins((0.12, 0.2), (0.8, 0.89), left, right)


def _furnish_tr(canvas: Canvas) -> Area:
    left = _band(canvas, 'TR') if canvas.random.random() < 0.9 else 0.0
    return (
        canvas.margins((0.08, 0.13), (0.88, 0.93), left)
        if canvas.two
        else canvas.margins((0.12, 0.19), (0.8, 0.89), left)
    )


def _furnish_gb(canvas: Canvas) -> Area:
    rng, u = canvas.random, canvas.random.uniform
    left = _band(canvas, rng.choice(['GB', 'UK', 'GB', 'SCO', 'CYM', 'ENG'])) if rng.random() < 0.3 else 0.0
    if rng.random() < 0.4:
        canvas.write(
            rng.choice(WORDS['dealer']),
            canvas.width / 2,
            HEIGHT * u(0.9, 0.93),
            HEIGHT * u(0.05, 0.07),
            canvas.ink,
            canvas.width * 0.4,
        )
    return (
        canvas.margins((0.07, 0.14), (0.86, 0.9), left)
        if canvas.two
        else canvas.margins((0.13, 0.2), (0.8, 0.88), left)
    )


def _furnish_us(canvas: Canvas) -> Area:
    rng, u, w = canvas.random, canvas.random.uniform, canvas.width
    top, bottom = (0.23, 0.33), (0.72, 0.8)
    if canvas.two:
        top, bottom = (0.16, 0.22), (0.86, 0.92)
    face = rng.randrange(64)
    if rng.random() < 0.88:
        word = rng.choice(WORDS['us'])
        word = word if rng.random() < 0.6 else word.title()
        height = u(0.11, 0.2) if not canvas.two else u(0.09, 0.13)
        canvas.write(
            word, w * u(0.4, 0.6), HEIGHT * u(0.02, 0.06), HEIGHT * height, canvas.soft_ink(), w * u(0.4, 0.7), face
        )
    if rng.random() < 0.72 and not canvas.two:
        word = rng.choice(WORDS['slogan'])
        word = word.upper() if rng.random() < 0.4 else word
        canvas.write(
            word,
            w * u(0.42, 0.58),
            HEIGHT * u(0.84, 0.88),
            HEIGHT * u(0.07, 0.12),
            canvas.soft_ink(),
            w * u(0.5, 0.8),
            face if rng.random() < 0.5 else None,
        )
        if rng.random() < 0.1:
            cv2.rectangle(
                canvas.image,
                (2, int(HEIGHT * 0.84)),
                (w - 3, HEIGHT - 3),
                canvas.image[int(HEIGHT * 0.9), 4].item() * 0.7 + 30,
                1,
            )
    months = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split()
    for x, y in ((0.03, 0.03), (0.85, 0.03), (0.03, 0.83), (0.85, 0.83)):
        if rng.random() < 0.3 and not (canvas.two and y > 0.5):
            word = rng.choice(months) if rng.random() < 0.5 else f'{rng.randint(4, 22):02d}'
            if rng.random() < 0.75:
                _sticker(canvas, w * x + u(-2, 3), HEIGHT * y, w * u(0.08, 0.13), HEIGHT * u(0.11, 0.15), word)
            else:
                canvas.write(word, w * (x + 0.06), HEIGHT * (y + 0.02), HEIGHT * 0.1, canvas.soft_ink(), w * 0.12)
    left = right = 0.0
    if not canvas.two and rng.random() < 0.14:  # picture or small stacked letters beside the number
        side = w * u(0.09, 0.17)
        if rng.random() < 0.55:
            canvas.picture(w * 0.03, HEIGHT * 0.28, side, HEIGHT * u(0.35, 0.5))
        else:
            word = rng.choice(['TRK', 'DV', 'PWR', 'VET', 'MC', 'CD', 'AG', 'SO', 'TX'])
            for k, letter in enumerate(word):
                canvas.write(
                    letter,
                    w * 0.055,
                    HEIGHT * (0.3 + k * 0.5 / len(word)),
                    HEIGHT * 0.4 / len(word),
                    canvas.soft_ink(),
                    w * 0.06,
                )
            side = w * 0.08
        left = side + 2
    if not canvas.two and rng.random() < 0.05:
        right = w * u(0.08, 0.14)
        canvas.picture(w - right - 3, HEIGHT * 0.3, right, HEIGHT * u(0.3, 0.45))
    area = canvas.margins(top, bottom, left, right)
    inset = w * u(0.0, 0.07)
    return area._replace(left=area.left + (inset if not left else 0), right=area.right - (inset if not right else 0))


def _furnish_br(canvas: Canvas) -> Area:
    rng, u, w = canvas.random, canvas.random.uniform, canvas.width
    word = rng.choice(WORDS['br'])
    if canvas.mercosur and rng.random() < 0.95:  # bar with BRASIL, QR, small BR
        bar = HEIGHT * (u(0.19, 0.25) if not canvas.two else u(0.15, 0.19))
        cv2.rectangle(canvas.image, (0, 0), (w, int(bar)), u(35, 90), -1)
        canvas.write('BRASIL', w / 2, bar * 0.22, bar * 0.56, u(200, 255), w * 0.5)
        _sticker(canvas, w * 0.87, bar * 0.15, w * 0.08, bar * 0.7, None)
        if rng.random() < 0.6:
            canvas.write('BR', w * 0.05, HEIGHT * 0.86, HEIGHT * 0.08, canvas.ink, w * 0.06)
        left = w * 0.02
        return (
            canvas.margins((0.3, 0.35), (0.85, 0.92), left)
            if not canvas.two
            else canvas.margins((0.22, 0.25), (0.9, 0.94))
        )
    if rng.random() < 0.9:
        height = u(0.1, 0.15) if not canvas.two else u(0.08, 0.11)
        y = HEIGHT * u(0.06, 0.12) if not canvas.two else HEIGHT * u(0.05, 0.07)
        done = canvas.write(word, w / 2, y, HEIGHT * height, canvas.ink, w * u(0.5, 0.75), 0)
        if rng.random() < 0.65:
            cv2.rectangle(
                canvas.image,
                (int(w / 2 - done / 2 - 8), int(y - 3)),
                (int(w / 2 + done / 2 + 8), int(y + HEIGHT * height + 3)),
                canvas.ink + (canvas.ground - canvas.ink) * 0.5,
                1,
            )
    return canvas.margins((0.29, 0.36), (0.84, 0.92)) if not canvas.two else canvas.margins((0.19, 0.23), (0.9, 0.95))


def _furnish_in(canvas: Canvas) -> Area:
    rng, u, w = canvas.random, canvas.random.uniform, canvas.width
    left = 0.0
    if rng.random() < 0.45:  # high-security: hologram, IND, small laser number
        left = HEIGHT * u(0.14, 0.24) if not canvas.two else HEIGHT * u(0.1, 0.15)
        x = 3 + left / 2
        cv2.circle(canvas.image, (int(x), int(HEIGHT * u(0.2, 0.3))), int(left * 0.4), u(60, 220), -1)
        canvas.write(
            'IND',
            x,
            HEIGHT * u(0.5, 0.7),
            HEIGHT * u(0.08, 0.14),
            u(40, 110) if not canvas.dark else u(150, 230),
            left * 0.95,
        )
        if rng.random() < 0.3:
            canvas.write(f'AA{rng.randint(10**8, 10**9)}', x, HEIGHT * 0.88, HEIGHT * 0.05, canvas.ink, left)
    elif rng.random() < 0.15 and not canvas.two:
        left = _band(canvas, 'IND')
    top, bottom = ((0.07, 0.14), (0.86, 0.93)) if canvas.two else ((0.12, 0.22), (0.78, 0.89))
    if rng.random() < 0.08 and not canvas.two:
        canvas.write(
            rng.choice(['GOVT OF INDIA', 'POLICE', 'TAXI', 'PRESS', 'ON GOVT DUTY', 'ARMY']),
            w / 2,
            HEIGHT * 0.04,
            HEIGHT * 0.1,
            canvas.soft_ink(),
            w * 0.5,
        )
        top = (0.2, 0.26)
    return canvas.margins(top, bottom, left)


def _furnish_pk(canvas: Canvas) -> Area:
    rng, u, w = canvas.random, canvas.random.uniform, canvas.width
    province = rng.choices(['punjab', 'sindh', 'ict', 'kpk', 'other', 'private'], [36, 22, 14, 8, 6, 14])[0]
    top, bottom = ((0.07, 0.13), (0.87, 0.93)) if canvas.two else ((0.1, 0.2), (0.8, 0.9))
    left = right = 0.0
    if province == 'private':
        if rng.random() < 0.3:
            canvas.write(
                rng.choice(WORDS['moto'] + ['APPLIED FOR', 'ADVOCATE', 'PRESS', 'MASHALLAH']),
                w / 2,
                HEIGHT * u(0.9, 0.92),
                HEIGHT * 0.07,
                canvas.soft_ink(),
                w * 0.6,
            )
            bottom = (0.83, 0.87)
        return canvas.margins(top, bottom)
    word = rng.choice(WORDS['pk-' + province])
    if (
        province == 'punjab' and not canvas.dark and rng.random() < 0.5
    ):  # green strip at the left or along the foot, with the word in it
        green = u(70, 120)
        if rng.random() < 0.55 and not canvas.two:
            left = HEIGHT * u(0.2, 0.34)
            cv2.rectangle(canvas.image, (2, 2), (int(left), HEIGHT - 3), green, -1)
            mask = canvas.brush.word('PUNJAB', max(6, int(left * 0.5)))
            mask = np.rot90(
                mask
                if mask.shape[1] < HEIGHT * 0.85
                else cv2.resize(mask, (int(HEIGHT * 0.85), mask.shape[0]), interpolation=cv2.INTER_AREA)
            )
            canvas.blend(mask, int(left * 0.28), (HEIGHT - mask.shape[0]) // 2, u(200, 255))
        else:
            y = HEIGHT * (u(0.8, 0.85) if not canvas.two else u(0.85, 0.88))
            cv2.rectangle(canvas.image, (2, int(y)), (w - 3, HEIGHT - 3), green, -1)
            canvas.write('PUNJAB', w / 2, y + 2, HEIGHT * 0.96 - y - 2, u(200, 255), w * 0.4)
            bottom = (0.74, 0.78) if not canvas.two else (0.81, 0.84)
    elif rng.random() < 0.8:
        high = u(0.1, 0.16) if not canvas.two else u(0.08, 0.12)
        if rng.random() < 0.55:
            canvas.write(word, w / 2, HEIGHT * (0.97 - high), HEIGHT * high * 0.85, canvas.soft_ink(), w * 0.7)
            bottom = (0.96 - high - 0.05, 0.96 - high - 0.02)
        else:
            canvas.write(word, w / 2, HEIGHT * 0.05, HEIGHT * high, canvas.soft_ink(), w * 0.7)
            top = (high + 0.09, high + 0.13)
    if (
        province == 'sindh' and not canvas.dark and canvas.ground > 200 and rng.random() < 0.5
    ):  # Ajrak strip at the left
        left = HEIGHT * u(0.18, 0.3)
        strip = canvas.brush.cloud(20, 8, HEIGHT - 6, int(left))
        canvas.image[3 : HEIGHT - 3, 3 : 3 + int(left)] = 60 + 130 * (strip > 0.5)
    if rng.random() < 0.12 and not canvas.two:
        right = HEIGHT * u(0.25, 0.4)
        canvas.picture(w - right - 4, HEIGHT * 0.3, right * 0.8, HEIGHT * 0.4)
    return canvas.margins(top, bottom, left, right)


def _furnish_vn(canvas: Canvas) -> Area:
    return canvas.margins((0.08, 0.12), (0.88, 0.92)) if canvas.two else canvas.margins((0.14, 0.2), (0.8, 0.87))


def _furnish_gcc(canvas: Canvas) -> Area:
    """Arabic row or emirate's name, which is no text."""
    rng, u, w = canvas.random, canvas.random.uniform, canvas.width
    top, bottom, left, right = (0.12, 0.2), (0.8, 0.9), 0.0, 0.0
    if not canvas.two and w / HEIGHT < 3 and rng.random() < 0.8:
        for k in range(rng.randint(3, 6)):  # loops and dots where the Arabic row is
            x = w * (0.2 + 0.12 * k)
            cv2.ellipse(
                canvas.image,
                (int(x), int(HEIGHT * 0.26)),
                (int(u(4, 9)), int(u(4, 9))),
                u(0, 360),
                0,
                u(150, 300),
                canvas.ink,
                2,
                cv2.LINE_AA,
            )
            cv2.circle(canvas.image, (int(x + u(-5, 5)), int(HEIGHT * u(0.1, 0.15))), 1, canvas.ink, -1)
        top = (0.46, 0.52)
    elif rng.random() < 0.7:
        canvas.write(rng.choice(WORDS['gcc']), w / 2, HEIGHT * 0.05, HEIGHT * 0.11, canvas.soft_ink(), w * 0.5)
        top = (0.2, 0.25)
    if rng.random() < 0.3:
        right = HEIGHT * 0.3
        cv2.rectangle(canvas.image, (int(w - right), 3), (w - 4, HEIGHT - 4), u(60, 240), -1)
        canvas.write('KSA', w - right / 2, HEIGHT * 0.7, HEIGHT * 0.12, 20, right * 0.7)
    return canvas.margins(top, (0.88, 0.93) if canvas.two else bottom, left, right)


def _furnish_any(canvas: Canvas) -> Area:
    rng, u, w = canvas.random, canvas.random.uniform, canvas.width
    if not canvas.two and w / HEIGHT < 2.6 and rng.random() < 0.6:
        return _furnish_us(canvas)
    left = (
        _band(canvas, rng.choice(['', 'IL', 'MA', 'TN', 'LV', 'RUS']))
        if rng.random() < 0.35 and not canvas.two
        else 0.0
    )
    top, bottom = ((0.07, 0.16), (0.84, 0.93)) if canvas.two else ((0.1, 0.22), (0.76, 0.9))
    if rng.random() < 0.25:
        canvas.write(
            rng.choice(WORDS['any'] + WORDS['dealer']), w / 2, HEIGHT * 0.89, HEIGHT * 0.08, canvas.soft_ink(), w * 0.6
        )
        bottom = (0.8, 0.85)
    return canvas.margins(top, bottom, left)
