"""Draws number plates of many countries to train the reader with: clean, flat, gray, 96 px high, worn but readable.

usage: /usr/bin/python3 models/plates/draw.py pool --count 40000 --seed 1 --out pool.npz      draws a pool (about 2 minutes)
       /usr/bin/python3 models/plates/draw.py sheet --kind pk --out sheet.png                 draws a contact sheet to look at
       /usr/bin/python3 models/plates/draw.py sheet --kind in --fonts held-out --out sheet.png
       /usr/bin/python3 models/plates/draw.py heldout --kind pk --rows 2 --count 300 --out FOLDER    scenes for measuring

Texts come from the grammar packs of models/plates/regions/. Perspective, blur, low resolution, noise and JPEG are not drawn here: augment.py
makes them anew for every training sample. With fonts='held-out' every plate is set in families and fonts that training never sees.
"""
from __future__ import annotations

import argparse
import random
import sys
import time
from typing import NamedTuple, Optional

import cv2
import numpy as np
from PIL import Image, ImageDraw

import formats
import glyphs

HEIGHT = 96
KINDS = ('eu', 'gb', 'us', 'br', 'in', 'pk', 'vn', 'gcc', 'tr', 'any')
SHARES = {'us': 26, 'eu': 17, 'gb': 7, 'br': 13, 'in': 15, 'pk': 10, 'vn': 3, 'gcc': 2, 'tr': 2, 'any': 5}
TWO_LINES = {'us': 0.02, 'eu': 0.1, 'gb': 0.15, 'br': 0.12, 'in': 0.5, 'pk': 0.6, 'vn': 0.7, 'gcc': 0.3, 'tr': 0.15, 'any': 0.4}
NO_FORMAT = 0.15      # share of texts that follow no format, so that the net learns to see, not only to expect

# family of glyphs.py: weight, by kind; 'font' = a font of this machine
FACES = {
    'eu': {'fe': 30, 'din': 30, 'any': 14, 'font': 26}, 'gb': {'mandatory': 70, 'any': 10, 'font': 20}, 'us': {'us': 56, 'us-flat': 16, 'any': 14, 'font': 14},
    'br': {'brazil': 60, 'mercosur': 22, 'any': 8, 'font': 10}, 'in': {'hsrp': 25, 'india': 32, 'painted': 13, 'any': 8, 'font': 22},
    'pk': {'punjab': 30, 'sindh': 22, 'fancy': 12, 'painted': 10, 'any': 8, 'font': 18}, 'vn': {'vietnam': 80, 'any': 8, 'font': 12}, 'gcc': {'din': 30, 'any': 35, 'font': 35},
    'tr': {'din': 55, 'fe': 5, 'any': 20, 'font': 20}, 'any': {'any': 45, 'us': 8, 'din': 8, 'mandatory': 8, 'painted': 5, 'font': 26}}
HELD_OUT_FACES = {**{family: 22 for family in glyphs.HELD_OUT}, 'font': 34}

# gray values (luma) of plate colours: (ground low, high), (characters low, high)
WHITE, YELLOW, ORANGE = ((205, 252), (5, 60)), ((150, 210), (5, 50)), ((120, 170), (5, 45))
RED_ON_WHITE, BLUE_ON_WHITE, GREEN_ON_WHITE = ((205, 252), (70, 110)), ((205, 252), (40, 95)), ((200, 250), (60, 110))
WHITE_ON_BLACK, WHITE_ON_BLUE, WHITE_ON_GREEN, WHITE_ON_RED = ((10, 55), (190, 250)), ((35, 95), (190, 250)), ((55, 115), (200, 250)), ((50, 95), (200, 250))
GRAY = ((125, 190), (10, 60))

WORDS = {
    'us': 'ALABAMA ALASKA ARIZONA ARKANSAS CALIFORNIA COLORADO CONNECTICUT DELAWARE FLORIDA GEORGIA HAWAII IDAHO ILLINOIS INDIANA IOWA KANSAS KENTUCKY LOUISIANA MAINE MARYLAND '
          'MASSACHUSETTS MICHIGAN MINNESOTA MISSISSIPPI MISSOURI MONTANA NEBRASKA NEVADA NEW_HAMPSHIRE NEW_JERSEY NEW_MEXICO NEW_YORK NORTH_CAROLINA NORTH_DAKOTA OHIO OKLAHOMA OREGON '
          'PENNSYLVANIA RHODE_ISLAND SOUTH_CAROLINA SOUTH_DAKOTA TENNESSEE TEXAS UTAH VERMONT VIRGINIA WASHINGTON WEST_VIRGINIA WISCONSIN WYOMING WASHINGTON,_DC',
    'slogan': 'GOD_BLESS_AMERICA Grand_Canyon_State The_Natural_State Constitution_State THE_FIRST_STATE SUNSHINE_STATE IN_GOD_WE_TRUST ALOHA_STATE FAMOUS_POTATOES Land_of_Lincoln dmv.ca.gov '
              "Sportsman's_Paradise VACATIONLAND The_Spirit_of_America 10,000_lakes GREAT_LAKES SHOW-ME_STATE BIG_SKY LIVE_FREE_OR_DIE Garden_State Land_of_Enchantment EMPIRE_STATE First_in_Flight "
              'PEACE_GARDEN_STATE NATIVE_AMERICA Ocean_State Great_Faces_Great_Places LONE_STAR_STATE Green_Mountain_State EVERGREEN_STATE Wild,_Wonderful America\'s_Dairyland visitPA.com BIBB MONROE '
              'FAYETTE LOUDON POLK JACKSON TAXATION_WITHOUT_REPRESENTATION www.texas.gov MyFlorida.com WAR_OF_1812 EXPLORE SUPPORT_WILDLIFE Birthplace_of_Aviation GREATEST_SNOW_ON_EARTH DISABLED_VETERAN',
    'dealer': 'MERCEDES-BENZ ALBANY_HONDA LANDERS www.autohaus.de FORD_OF_MONROE PARK_SUBARU_.COM TOYOTA CITY_MOTORS ALUMNI MY_OTHER_CAR BMW_CENTER Autohaus_Schmidt www.dealer.com DEALERSHIP 555-2368 '
              'NISSAN I_LOVE_MY_DOG UNIVERSITY Chevrolet HONDA PHYSICAL_THERAPY AUTO_CENTRUM VOLKSWAGEN_ZENTRUM www.skoda.cz RAY_MOTORS',
    'br': 'SP-SAO_PAULO RJ-RIO_DE_JANEIRO MG-BELO_HORIZONTE PR-CURITIBA RS-PORTO_ALEGRE SC-FLORIANOPOLIS BA-SALVADOR DF-BRASILIA GO-GOIANIA CE-FORTALEZA PE-RECIFE PR-LONDRINA SP-CAMPINAS '
          'SP-SANTOS RS-CAXIAS_DO_SUL ES-VITORIA MG-UBERLANDIA PA-BELEM AM-MANAUS SP-OSASCO MT-CUIABA PR-MARINGA SC-JOINVILLE RN-NATAL',
    'pk-punjab': 'PUNJAB LAHORE FAISALABAD MULTAN GUJRANWALA SIALKOT RAWALPINDI GOVT_OF_PUNJAB', 'pk-sindh': 'SINDH KARACHI GOVT_OF_SINDH HYDERABAD',
    'pk-ict': 'ICT-ISLAMABAD ISLAMABAD ICT_ISLAMABAD', 'pk-kpk': 'PESHAWAR KHYBER_PAKHTUNKHWA KPK ABBOTTABAD GOVT_OF_KPK', 'pk-other': 'QUETTA BALOCHISTAN AZAD_KASHMIR GILGIT GOVT_OF_PAKISTAN',
    'gcc': 'DUBAI AJMAN SHARJAH UAE KSA ABU_DHABI QATAR OMAN R.A.K', 'moto': 'HONDA SUZUKI HERO TVS BAJAJ YAMAHA UNITED ROAD_PRINCE', 'any': 'STATE PRIVATE TAXI POLICE 1998 2014 MOTORS CITY TRADE TEMP NEW'}
WORDS = {name: [word.replace('_', ' ') for word in words.split()] for name, words in WORDS.items()}


class Plate(NamedTuple):
    """A drawn plate: uint8 gray [96, W], its text A-Z0-9, kind of KINDS, and 1 or 2 lines."""
    image: np.ndarray
    text: str
    kind: str
    rows: int


class Area(NamedTuple):
    """Where the number stands, pixels."""
    left: float
    top: float
    right: float
    bottom: float


class Look(NamedTuple):
    """How the characters are set."""
    face: glyphs.Face
    width: float         # character width / height
    gap: float           # between characters / height
    even: bool           # every character in a cell of the same width
    slant: float
    separators: tuple    # drawn between groups: names of _separator


class Drawer:
    """Draws plates; equal seed and fonts give equal plates on the same machine."""

    def __init__(self, seed: int | str, fonts: str = 'train') -> None:
        """fonts: 'train', or 'held-out' for plates to measure with."""
        if fonts not in ('train', 'held-out'):
            raise ValueError(f"fonts must be 'train' or 'held-out', not {fonts!r}")
        self.random = random.Random(f'{seed}-{fonts}')
        self.held_out = fonts == 'held-out'
        self.fonts = glyphs.fonts(glyphs.HELD_OUT_FONTS if self.held_out else glyphs.TRAIN_FONTS)
        self.words = glyphs.word_faces()
        generator = np.random.default_rng(self.random.getrandbits(32))
        self.grain = generator.random((512, 1024), np.float32)
        self.no_format = NO_FORMAT
        self.is_free = False
        self.word_masks: dict[tuple, np.ndarray] = {}

    def plate(self, kind: Optional[str] = None, rows: Optional[int] = None) -> Plate:
        """A plate of that kind, or of any by SHARES; rows: 1 or 2 lines, by TWO_LINES if None."""
        rng = self.random
        kind = kind or rng.choices(list(SHARES), list(SHARES.values()))[0]
        if kind not in SHARES:
            raise ValueError(f'kind must be one of {", ".join(KINDS)}, not {kind!r}')
        two = rng.random() < TWO_LINES[kind] if rows is None else rows == 2
        while True:
            lines = self._lines(kind, two)
            canvas = Canvas(self, kind, lines)
            canvas.compose()
            if canvas.is_readable():
                return Plate(canvas.finish(), ''.join(group for line in lines for group in line), kind, len(lines))

    def _lines(self, kind: str, two: bool) -> list[list[str]]:
        """Printed groups of each line, 3 to 10 characters in all (2 seldom)."""
        while True:
            self.is_free = self.random.random() < self.no_format
            lines = [self._regroup(kind, groups) for groups in self._text(kind, two)]
            count = sum(len(group) for line in lines for group in line)
            if 3 <= count <= 10 and max(sum(map(len, line)) for line in lines) <= (7 if two else 10) or count == 2 and self.random.random() < 0.2:
                if not two or len(lines) == 2:
                    return lines

    def _regroup(self, kind: str, groups: list[str]) -> list[str]:
        """Packs break at every change between letters and digits, real plates only at some of them."""
        rng = self.random
        keep = {'us': 0.5, 'in': 0.72, 'pk': 0.88, 'eu': 0.8, 'gb': 0.95, 'any': 0.6}.get(kind, 0.9)
        most = {'us': 2, 'gb': 2, 'br': 2, 'any': 3}.get(kind, 4)
        joined = [groups[0]]
        for group in groups[1:]:
            if rng.random() < keep and len(joined) < most:
                joined.append(group)
            else:
                joined[-1] += group
        if kind == 'us' and len(joined) == 1 and len(joined[0]) >= 6 and rng.random() < 0.4:
            joined = [joined[0][:3], joined[0][3:]]
        return joined

    def _text(self, kind: str, two: bool) -> list[list[str]]:
        """Groups of each line, before some are joined."""
        rng = self.random
        source = kind if kind != 'any' else rng.choices(['us', 'eu', 'gb', 'br', 'in', 'tr', 'vn'], [30, 30, 10, 10, 10, 5, 5])[0]
        text = formats.free(rng) if self.is_free else formats.sample(source, rng, two)
        head, tail = text.groups, text.second
        if tail and not self.is_free:
            if source == 'gb':
                head, tail = [''.join(head)], [''.join(tail)]
            elif source == 'br':        # Mercosur has no gap
                tail = [''.join(tail)]
                if not two and not tail[0].isdigit() and rng.random() < 0.9:
                    head, tail = [head[0] + tail[0]], None
            elif source == 'vn' and ''.join(head)[:2].isdigit():
                front, back = ''.join(head), ''.join(tail)
                head = [front] if not two and len(front) == 3 else [front[:2], front[2:]]
                tail = [back[:3], back[3:]] if len(back) == 5 and rng.random() < 0.7 else [back]
        if not two:
            return [head + (tail or [])]
        if tail:
            return [head, tail]
        if len(head) > 1 and rng.random() < 0.7:
            cut = rng.randint(1, len(head) - 1)
            return [head[:cut], head[cut:]]
        plain = ''.join(head)
        if len(plain) < 4:
            return [head]
        cut = rng.randint(2, min(5, len(plain) - 2))
        return [[plain[:cut]], [plain[cut:]]]

    def look(self, kind: str) -> Look:
        """A typeface and a setting for a plate of that kind."""
        rng = self.random
        weights = HELD_OUT_FACES if self.held_out else FACES[kind]
        family = rng.choices(list(weights), list(weights.values()))[0]
        if family == 'font' and self.fonts:
            face: glyphs.Face = rng.choice(self.fonts)
            width = rng.uniform(0.44, 0.64) if kind != 'us' else rng.uniform(0.4, 0.56)
        else:
            face = glyphs.style(rng, family if family != 'font' else rng.choice(glyphs.HELD_OUT) if self.held_out else 'any')
            if self.is_free:     # no format tells I from 1 and O from 0: their shapes must
                face = face._replace(serif_i=face.serif_i or face.one == 'bar', zero_width=min(face.zero_width, 0.84))
            width = face.width
        gap = {'us': (0.05, 0.14), 'gb': (0.07, 0.16), 'br': (0.08, 0.2), 'eu': (0.08, 0.18)}.get(kind, (0.06, 0.2))
        separators = {'eu': ('space', 'dash', 'dash', 'seals', 'seal', 'arms', 'space', 'square', 'dot'), 'gb': ('space',), 'us': ('space', 'space', 'dash', 'dot', 'star', 'picture', 'picture', 'map'),
                      'br': ('dot', 'dot', 'dash', 'space'), 'in': ('space', 'space', 'space', 'dash', 'dot', 'tight'), 'pk': ('space', 'space', 'dash', 'dash', 'dot', 'star', 'arms'),
                      'vn': ('dash', 'dash', 'space'), 'gcc': ('space', 'picture', 'bar'), 'tr': ('space',)}.get(kind, ('space', 'dash', 'dot', 'star', 'picture', 'tight'))
        slant = rng.gauss(0, 0.12) if kind in ('pk', 'in', 'any') and rng.random() < 0.12 else 0.0
        return Look(face, width, rng.uniform(*gap), rng.random() < (0.65 if kind in ('us', 'br', 'vn', 'in', 'pk') else 0.3), slant, separators)

    def cloud(self, rows: int, columns: int, height: int, width: int) -> np.ndarray:
        """Smooth random field 0..1, float32 [height, width], with about rows x columns hills."""
        y, x = self.random.randrange(512 - rows), self.random.randrange(1024 - columns)
        return cv2.resize(self.grain[y:y + rows, x:x + columns], (width, height), interpolation=cv2.INTER_CUBIC)

    def word(self, text: str, height: int, face: int | None = None) -> np.ndarray:
        """Small text as an alpha mask uint8 [height, w]."""
        index = self.random.randrange(len(self.words)) if face is None else face % len(self.words)
        key = text, index
        if key not in self.word_masks:
            if len(self.word_masks) > 4000:
                self.word_masks.clear()
            font = self.words[index]
            left, top, right, bottom = font.getbbox(text)
            image = Image.new('L', (max(4, right - left + 2), max(4, bottom - top + 2)), 0)
            ImageDraw.Draw(image).text((1 - left, 1 - top), text, 255, font=font)
            self.word_masks[key] = np.asarray(image)
        mask = self.word_masks[key]
        return cv2.resize(mask, (max(3, mask.shape[1] * height // mask.shape[0]), height), interpolation=cv2.INTER_AREA)


class Canvas:
    """One plate while it is drawn."""

    def __init__(self, drawer: Drawer, kind: str, lines: list[list[str]]) -> None:
        self.drawer, self.random, self.kind, self.lines = drawer, drawer.random, kind, lines
        self.two = len(lines) == 2
        self.width = int(HEIGHT * self._aspect())
        self.ground, self.ink = self._colours()
        self.dark = self.ground < self.ink
        self.image = np.full((HEIGHT, self.width), self.ground, np.float32)
        self.rim = 0.0
        self.boxes: list[tuple[int, int, int, int]] = []     # boxes of the characters, for what must not cover them
        self.letters = np.zeros((HEIGHT, self.width), np.uint8)

    def _aspect(self) -> float:
        u, rng = self.random.uniform, self.random
        if self.two:
            low, high = {'eu': (1.2, 1.75), 'gb': (1.25, 1.55), 'us': (1.4, 2.1), 'br': (1.05, 1.35), 'in': (1.3, 2.3), 'pk': (1.3, 2.2), 'vn': (1.25, 1.5), 'gcc': (1.6, 2.3), 'tr': (1.4, 1.7)}.get(self.kind, (1.15, 2.3))
            return u(low, high)
        if self.kind == 'pk':
            return u(1.8, 2.4) if rng.random() < 0.35 else u(2.6, 5.0)
        if self.kind == 'any':
            return u(1.8, 5.0)
        low, high = {'eu': (3.9, 4.9), 'gb': (4.3, 4.9), 'us': (1.85, 2.2), 'br': (2.8, 3.4), 'in': (3.4, 4.9), 'vn': (4.0, 4.8), 'gcc': (2.0, 4.8), 'tr': (4.3, 4.9)}[self.kind]
        return u(low, high)

    def _colours(self) -> tuple[float, float]:
        rng = self.random
        schemes = {
            'eu': [(WHITE, 70), (YELLOW, 10), (RED_ON_WHITE, 6), (GREEN_ON_WHITE, 3), (WHITE_ON_BLACK, 6), (WHITE_ON_BLUE, 3), (WHITE_ON_RED, 2)],
            'gb': [(WHITE, 45), (YELLOW, 43), (WHITE_ON_BLACK, 12)],
            'us': [(WHITE, 34), (BLUE_ON_WHITE, 22), (RED_ON_WHITE, 8), (GREEN_ON_WHITE, 8), (YELLOW, 8), (ORANGE, 5), (WHITE_ON_BLUE, 6), (WHITE_ON_GREEN, 4), (WHITE_ON_BLACK, 4), (WHITE_ON_RED, 2)],
            'br': [(GRAY, 52), (WHITE, 32), (WHITE_ON_RED, 12), (WHITE_ON_BLACK, 2), (RED_ON_WHITE, 2)],
            'in': [(WHITE, 68), (YELLOW, 16), (WHITE_ON_BLACK, 10), (WHITE_ON_GREEN, 4), (WHITE_ON_RED, 2)],
            'pk': [(WHITE, 45), (YELLOW, 26), (WHITE_ON_BLACK, 17), (WHITE_ON_GREEN, 9), (WHITE_ON_BLUE, 2), (WHITE_ON_RED, 1)],
            'vn': [(WHITE, 78), (YELLOW, 10), (WHITE_ON_BLUE, 7), (WHITE_ON_RED, 5)],
            'gcc': [(WHITE, 82), (YELLOW, 6), (WHITE_ON_RED, 4), (WHITE_ON_BLUE, 3), (WHITE_ON_BLACK, 5)], 'tr': [(WHITE, 95), (WHITE_ON_BLACK, 5)],
            'any': [(WHITE, 40), (YELLOW, 14), (ORANGE, 6), (GRAY, 6), (BLUE_ON_WHITE, 6), (RED_ON_WHITE, 6), (WHITE_ON_BLACK, 12), (WHITE_ON_BLUE, 5), (WHITE_ON_GREEN, 5)]}[self.kind]
        (ground, ink) = rng.choices([scheme for scheme, _ in schemes], [weight for _, weight in schemes])[0]
        return rng.uniform(*ground), rng.uniform(*ink)

    # ---- composition -------------------------------------------------------------------------------------------------

    def compose(self) -> None:
        """Ground, furniture, number, wear, frame, light: in this order."""
        rng = self.random
        self._texture()
        self._border()
        area = getattr(self, '_furnish_' + self.kind, self._furnish_any)()
        self._number(area)
        if rng.random() < 0.08:
            self._bend()
        self._fixings()
        self._wear()
        if rng.random() < {'us': 0.38, 'eu': 0.25, 'any': 0.2, 'in': 0.15, 'pk': 0.15}.get(self.kind, 0.08):
            self._frame()
        self._light()

    def is_readable(self) -> bool:
        """Whether every character still stands out from its surroundings, all in the same sense: what nobody can read must not train."""
        for x0, y0, x1, y1 in self.boxes:
            x0, y0, x1, y1 = max(0, x0 - 2), max(0, y0 - 2), min(self.width, x1 + 2), min(HEIGHT, y1 + 2)
            mask, part = self.letters[y0:y1, x0:x1], self.image[y0:y1, x0:x1]
            if mask.size == 0:
                return False
            ink, ground = mask > 200, mask < 20
            count = int(ink.sum())
            if count < 20:
                return False
            inside, outside = np.clip(part[ink], 0, 255), np.clip(part[ground], 0, 255)
            difference = float(outside.mean() - inside.mean()) * (-1 if self.dark else 1)
            if difference < 22 or difference < 0.8 * float(inside.std()):
                return False
        return True

    def finish(self) -> np.ndarray:
        """uint8 [96, W]."""
        return np.clip(self.image, 0, 255).astype(np.uint8)

    def _texture(self) -> None:
        rng, u = self.random, self.random.uniform
        room = min(abs(self.ground - self.ink) - 90, 60)
        if self.kind in ('us', 'any') and room > 10:
            if rng.random() < 0.5:      # colour running from top to bottom
                self.image += np.linspace(u(-room, 20), u(-room, 20), HEIGHT, dtype=np.float32)[:, None] * (-1 if self.dark else 1)
            if rng.random() < 0.4:      # faint picture
                self.image -= (self.drawer.cloud(rng.randint(3, 7), rng.randint(4, 10), HEIGHT, self.width) - 0.5) * u(10, room)
            if rng.random() < 0.25:     # mountains, rainbow, sun rays
                self._scenery(u(8, room))
        elif rng.random() < 0.2:        # reflective sheeting
            self.image += (self.drawer.grain[:HEIGHT, :self.width] - 0.5) * u(4, 22)
        if self.kind == 'pk' and rng.random() < 0.06:       # Ajrak pattern
            self.image[:, ::2] -= 12
            self.image -= (self.drawer.cloud(24, min(100, self.width // 4), HEIGHT, self.width) > 0.6) * u(15, 40)

    def _scenery(self, depth: float) -> None:
        rng, w = self.random, self.width
        layer = np.zeros((HEIGHT, w), np.uint8)
        points = [(0, HEIGHT)] + [(int(w * i / 8), int(HEIGHT * rng.uniform(0.35, 0.9))) for i in range(9)] + [(w, HEIGHT)]
        cv2.fillPoly(layer, [np.array(points, np.int32)], 255, cv2.LINE_AA)
        self.image -= layer.astype(np.float32) / 255 * depth * (-1 if self.dark else 1)

    def _border(self) -> None:
        rng = self.random
        if rng.random() < 0.62:
            thick, inset = rng.randint(1, 4), rng.randint(0, 4)
            self.rim = inset + thick / 2 + (1 if rng.random() < 0.85 else -1)
            gray = self.ink if rng.random() < 0.75 else rng.uniform(0, 255)
            if rng.random() < 0.6:
                self._round_box(inset, gray, thick, rng.randint(3, 12))
            else:
                cv2.rectangle(self.image, (inset, inset), (self.width - 1 - inset, HEIGHT - 1 - inset), gray, thick)

    def _round_box(self, inset: int, gray: float, thick: int, radius: int) -> None:
        layer = np.zeros((HEIGHT, self.width), np.uint8)
        x0, y0, x1, y1 = inset, inset, self.width - 1 - inset, HEIGHT - 1 - inset
        cv2.rectangle(layer, (x0 + radius, y0), (x1 - radius, y1), 255, -1)
        cv2.rectangle(layer, (x0, y0 + radius), (x1, y1 - radius), 255, -1)
        for x, y in ((x0 + radius, y0 + radius), (x1 - radius, y0 + radius), (x0 + radius, y1 - radius), (x1 - radius, y1 - radius)):
            cv2.circle(layer, (x, y), radius, 255, -1)
        cv2.drawContours(self.image, cv2.findContours(layer, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)[0], -1, gray, thick, cv2.LINE_AA)

    def _blend(self, mask: np.ndarray, x: int, y: int, gray: float) -> None:
        """Puts a mask at x, y in that gray; what lies outside is cut off."""
        h, w = mask.shape
        x0, y0, x1, y1 = max(0, x), max(0, y), min(self.width, x + w), min(HEIGHT, y + h)
        if x1 > x0 and y1 > y0:
            alpha = mask[y0 - y:y1 - y, x0 - x:x1 - x].astype(np.float32) / 255
            part = self.image[y0:y1, x0:x1]
            part += (gray - part) * alpha

    def _write(self, word: str, x: float, y: float, height: float, gray: float, most: float, face: int | None = None) -> int:
        """Small word centred at x with its top at y, at most ``most`` px wide; returns its width."""
        mask = self.drawer.word(word, max(5, int(height)), face)
        if mask.shape[1] > most:
            mask = cv2.resize(mask, (max(3, int(most)), mask.shape[0]), interpolation=cv2.INTER_AREA)
        self._blend(mask, int(x - mask.shape[1] / 2), int(y), gray)
        return mask.shape[1]

    def _soft_ink(self) -> float:
        """Gray of furniture: the ink or something else that shows."""
        u = self.random.uniform
        return self.ink if self.random.random() < 0.5 else u(0, 130) if not self.dark else u(140, 255)

    # ---- furniture of the kinds; each returns where the number stands --------------------------------------------------

    def _margins(self, top: tuple[float, float], bottom: tuple[float, float], left: float = 0, right: float = 0) -> Area:
        u = self.random.uniform
        return Area(max(left, self.rim) + u(3, 9), HEIGHT * u(*top), self.width - max(right, self.rim) - u(3, 9), HEIGHT * u(*bottom))

    def _band(self, word: str, at_right: bool = False) -> float:
        """Blue band with stars and country letters; returns its width."""
        rng, u = self.random, self.random.uniform
        width = HEIGHT * (u(0.3, 0.46) if not self.two else u(0.18, 0.26))
        gray = u(20, 110) if rng.random() < 0.8 else self.ground * u(0.75, 0.97)
        x0 = self.width - 2 - width if at_right else 2
        height = HEIGHT - 3 if not self.two or rng.random() < 0.3 else int(HEIGHT * u(0.42, 0.5))
        cv2.rectangle(self.image, (int(x0), 2), (int(x0 + width), height), gray, -1)
        bright = u(180, 255) if gray < 140 else u(0, 90)
        if rng.random() < 0.75:
            centre, radius, y = x0 + width / 2, width * u(0.24, 0.34), height * u(0.25, 0.36)
            for k in range(12):
                cv2.circle(self.image, (int(centre + radius * np.sin(k * np.pi / 6)), int(y + radius * np.cos(k * np.pi / 6))), 1 if rng.random() < 0.8 else 2, bright, -1)
        elif rng.random() < 0.5:
            cv2.rectangle(self.image, (int(x0 + width * 0.2), int(height * 0.2)), (int(x0 + width * 0.8), int(height * 0.42)), u(0, 255), -1)
        if rng.random() < 0.85:
            self._write(word, x0 + width / 2, height * u(0.62, 0.76), height * u(0.15, 0.24), bright, width * 0.85)
        return width + 2

    def _furnish_eu(self) -> Area:
        rng, u = self.random, self.random.uniform
        left = right = 0.0
        if rng.random() < 0.78:
            left = self._band(rng.choice('D F I E PL RO CZ SK H A NL B S HR SLO BG P GR IRL DK N FIN LT LV EST L CH UA MD SRB'.split()))
        if not self.two and rng.random() < 0.14:
            right = self._band(rng.choice(['75', '2A', '13', '98', '06', 'ROMA', '04']), at_right=True)
        if rng.random() < 0.06:
            for y in (HEIGHT * 0.05, HEIGHT * 0.95):
                cv2.line(self.image, (0, int(y)), (self.width, int(y)), u(60, 110), 2)
        if self.two:
            return self._margins((0.08, 0.13), (0.88, 0.93), left, right)
        return self._margins((0.12, 0.2), (0.8, 0.89), left, right)

    def _furnish_tr(self) -> Area:
        left = self._band('TR') if self.random.random() < 0.9 else 0.0
        return self._margins((0.08, 0.13), (0.88, 0.93), left) if self.two else self._margins((0.12, 0.19), (0.8, 0.89), left)

    def _furnish_gb(self) -> Area:
        rng, u = self.random, self.random.uniform
        left = self._band(rng.choice(['GB', 'UK', 'GB', 'SCO', 'CYM', 'ENG'])) if rng.random() < 0.3 else 0.0
        if rng.random() < 0.4:
            self._write(rng.choice(WORDS['dealer']), self.width / 2, HEIGHT * u(0.9, 0.93), HEIGHT * u(0.05, 0.07), self.ink, self.width * 0.4)
        return self._margins((0.07, 0.14), (0.86, 0.9), left) if self.two else self._margins((0.13, 0.2), (0.8, 0.88), left)

    def _sticker(self, x: float, y: float, w: float, h: float, word: str | None) -> None:
        """A month, year or test sticker, with a word or not."""
        u, rng = self.random.uniform, self.random
        gray = u(50, 250)
        cv2.rectangle(self.image, (int(x), int(y)), (int(x + w), int(y + h)), gray, -1)
        if word and rng.random() < 0.8:
            self._write(word, x + w / 2, y + h * 0.2, h * 0.6, 20 if gray > 120 else 235, w * 0.85)

    def _furnish_us(self) -> Area:
        rng, u, w = self.random, self.random.uniform, self.width
        top, bottom = (0.23, 0.33), (0.72, 0.8)
        if self.two:
            top, bottom = (0.16, 0.22), (0.86, 0.92)
        face = rng.randrange(64)
        if rng.random() < 0.88:
            word = rng.choice(WORDS['us'])
            word = word if rng.random() < 0.6 else word.title()
            height = u(0.11, 0.2) if not self.two else u(0.09, 0.13)
            self._write(word, w * u(0.4, 0.6), HEIGHT * u(0.02, 0.06), HEIGHT * height, self._soft_ink(), w * u(0.4, 0.7), face)
        if rng.random() < 0.72 and not self.two:
            word = rng.choice(WORDS['slogan'])
            word = word.upper() if rng.random() < 0.4 else word
            self._write(word, w * u(0.42, 0.58), HEIGHT * u(0.84, 0.88), HEIGHT * u(0.07, 0.12), self._soft_ink(), w * u(0.5, 0.8), face if rng.random() < 0.5 else None)
            if rng.random() < 0.1:
                cv2.rectangle(self.image, (2, int(HEIGHT * 0.84)), (w - 3, HEIGHT - 3), self.image[int(HEIGHT * 0.9), 4].item() * 0.7 + 30, 1)
        months = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split()
        for x, y in ((0.03, 0.03), (0.85, 0.03), (0.03, 0.83), (0.85, 0.83)):
            if rng.random() < 0.3 and not (self.two and y > 0.5):
                word = rng.choice(months) if rng.random() < 0.5 else f'{rng.randint(4, 22):02d}'
                if rng.random() < 0.75:
                    self._sticker(w * x + u(-2, 3), HEIGHT * y, w * u(0.08, 0.13), HEIGHT * u(0.11, 0.15), word)
                else:
                    self._write(word, w * (x + 0.06), HEIGHT * (y + 0.02), HEIGHT * 0.1, self._soft_ink(), w * 0.12)
        left = right = 0.0
        if not self.two and rng.random() < 0.14:         # picture or small stacked letters beside the number
            side = w * u(0.09, 0.17)
            if rng.random() < 0.55:
                self._picture(w * 0.03, HEIGHT * 0.28, side, HEIGHT * u(0.35, 0.5))
            else:
                word = rng.choice(['TRK', 'DV', 'PWR', 'VET', 'MC', 'CD', 'AG', 'SO', 'TX'])
                for k, letter in enumerate(word):
                    self._write(letter, w * 0.055, HEIGHT * (0.3 + k * 0.5 / len(word)), HEIGHT * 0.4 / len(word), self._soft_ink(), w * 0.06)
                side = w * 0.08
            left = side + 2
        if not self.two and rng.random() < 0.05:
            right = w * u(0.08, 0.14)
            self._picture(w - right - 3, HEIGHT * 0.3, right, HEIGHT * u(0.3, 0.45))
        area = self._margins(top, bottom, left, right)
        inset = w * u(0.0, 0.07)
        return area._replace(left=area.left + (inset if not left else 0), right=area.right - (inset if not right else 0))

    def _furnish_br(self) -> Area:
        rng, u, w = self.random, self.random.uniform, self.width
        word = rng.choice(WORDS['br'])
        if not self.dark and self.ground > 195 and rng.random() < 0.7:      # Mercosur: bar with BRASIL, QR, small BR
            bar = HEIGHT * (u(0.19, 0.25) if not self.two else u(0.15, 0.19))
            cv2.rectangle(self.image, (0, 0), (w, int(bar)), u(35, 90), -1)
            self._write('BRASIL', w / 2, bar * 0.22, bar * 0.56, u(200, 255), w * 0.5)
            self._sticker(w * 0.87, bar * 0.15, w * 0.08, bar * 0.7, None)
            if rng.random() < 0.6:
                self._write('BR', w * 0.05, HEIGHT * 0.86, HEIGHT * 0.08, self.ink, w * 0.06)
            left = w * 0.02
            return self._margins((0.3, 0.35), (0.85, 0.92), left) if not self.two else self._margins((0.22, 0.25), (0.9, 0.94))
        if rng.random() < 0.9:
            height = u(0.1, 0.15) if not self.two else u(0.08, 0.11)
            y = HEIGHT * u(0.06, 0.12) if not self.two else HEIGHT * u(0.05, 0.07)
            done = self._write(word, w / 2, y, HEIGHT * height, self.ink, w * u(0.5, 0.75), 0)
            if rng.random() < 0.65:
                cv2.rectangle(self.image, (int(w / 2 - done / 2 - 8), int(y - 3)), (int(w / 2 + done / 2 + 8), int(y + HEIGHT * height + 3)), self.ink + (self.ground - self.ink) * 0.5, 1)
        return self._margins((0.29, 0.36), (0.84, 0.92)) if not self.two else self._margins((0.19, 0.23), (0.9, 0.95))

    def _furnish_in(self) -> Area:
        rng, u, w = self.random, self.random.uniform, self.width
        left = 0.0
        if rng.random() < 0.45:       # high-security: hologram, IND, small laser number
            left = HEIGHT * u(0.14, 0.24) if not self.two else HEIGHT * u(0.1, 0.15)
            x = 3 + left / 2
            cv2.circle(self.image, (int(x), int(HEIGHT * u(0.2, 0.3))), int(left * 0.4), u(60, 220), -1)
            self._write('IND', x, HEIGHT * u(0.5, 0.7), HEIGHT * u(0.08, 0.14), u(40, 110) if not self.dark else u(150, 230), left * 0.95)
            if rng.random() < 0.3:
                self._write(f'AA{rng.randint(10**8, 10**9)}', x, HEIGHT * 0.88, HEIGHT * 0.05, self.ink, left)
        elif rng.random() < 0.15 and not self.two:
            left = self._band('IND')
        top, bottom = ((0.07, 0.14), (0.86, 0.93)) if self.two else ((0.12, 0.22), (0.78, 0.89))
        if rng.random() < 0.08 and not self.two:
            self._write(rng.choice(['GOVT OF INDIA', 'POLICE', 'TAXI', 'PRESS', 'ON GOVT DUTY', 'ARMY']), w / 2, HEIGHT * 0.04, HEIGHT * 0.1, self._soft_ink(), w * 0.5)
            top = (0.2, 0.26)
        return self._margins(top, bottom, left)

    def _furnish_pk(self) -> Area:
        rng, u, w = self.random, self.random.uniform, self.width
        province = rng.choices(['punjab', 'sindh', 'ict', 'kpk', 'other', 'private'], [36, 22, 14, 8, 6, 14])[0]
        top, bottom = ((0.07, 0.13), (0.87, 0.93)) if self.two else ((0.1, 0.2), (0.8, 0.9))
        left = right = 0.0
        if province == 'private':
            if rng.random() < 0.3:
                self._write(rng.choice(WORDS['moto'] + ['APPLIED FOR', 'ADVOCATE', 'PRESS', 'MASHALLAH']), w / 2, HEIGHT * u(0.9, 0.92), HEIGHT * 0.07, self._soft_ink(), w * 0.6)
                bottom = (0.83, 0.87)
            return self._margins(top, bottom)
        word = rng.choice(WORDS['pk-' + province])
        if province == 'punjab' and not self.dark and rng.random() < 0.5:       # green strip at the left or along the foot, with the word in it
            green = u(70, 120)
            if rng.random() < 0.55 and not self.two:
                left = HEIGHT * u(0.2, 0.34)
                cv2.rectangle(self.image, (2, 2), (int(left), HEIGHT - 3), green, -1)
                mask = self.drawer.word('PUNJAB', max(6, int(left * 0.5)))
                mask = np.rot90(mask if mask.shape[1] < HEIGHT * 0.85 else cv2.resize(mask, (int(HEIGHT * 0.85), mask.shape[0]), interpolation=cv2.INTER_AREA))
                self._blend(mask, int(left * 0.28), (HEIGHT - mask.shape[0]) // 2, u(200, 255))
            else:
                y = HEIGHT * (u(0.8, 0.85) if not self.two else u(0.85, 0.88))
                cv2.rectangle(self.image, (2, int(y)), (w - 3, HEIGHT - 3), green, -1)
                self._write('PUNJAB', w / 2, y + 2, HEIGHT * 0.96 - y - 2, u(200, 255), w * 0.4)
                bottom = (0.74, 0.78) if not self.two else (0.81, 0.84)
        elif rng.random() < 0.8:
            high = u(0.1, 0.16) if not self.two else u(0.08, 0.12)
            if rng.random() < 0.55:
                self._write(word, w / 2, HEIGHT * (0.97 - high), HEIGHT * high * 0.85, self._soft_ink(), w * 0.7)
                bottom = (0.96 - high - 0.05, 0.96 - high - 0.02)
            else:
                self._write(word, w / 2, HEIGHT * 0.05, HEIGHT * high, self._soft_ink(), w * 0.7)
                top = (high + 0.09, high + 0.13)
        if province == 'sindh' and not self.dark and self.ground > 200 and rng.random() < 0.5:        # Ajrak strip at the left
            left = HEIGHT * u(0.18, 0.3)
            strip = self.drawer.cloud(20, 8, HEIGHT - 6, int(left))
            self.image[3:HEIGHT - 3, 3:3 + int(left)] = 60 + 130 * (strip > 0.5)
        if rng.random() < 0.12 and not self.two:
            right = HEIGHT * u(0.25, 0.4)
            self._picture(w - right - 4, HEIGHT * 0.3, right * 0.8, HEIGHT * 0.4)
        return self._margins(top, bottom, left, right)

    def _furnish_vn(self) -> Area:
        return self._margins((0.08, 0.12), (0.88, 0.92)) if self.two else self._margins((0.14, 0.2), (0.8, 0.87))

    def _furnish_gcc(self) -> Area:
        """Arabic row or emirate's name, which is no text."""
        rng, u, w = self.random, self.random.uniform, self.width
        top, bottom, left, right = (0.12, 0.2), (0.8, 0.9), 0.0, 0.0
        if not self.two and w / HEIGHT < 3 and rng.random() < 0.8:
            for k in range(rng.randint(3, 6)):       # loops and dots where the Arabic row is
                x = w * (0.2 + 0.12 * k)
                cv2.ellipse(self.image, (int(x), int(HEIGHT * 0.26)), (int(u(4, 9)), int(u(4, 9))), u(0, 360), 0, u(150, 300), self.ink, 2, cv2.LINE_AA)
                cv2.circle(self.image, (int(x + u(-5, 5)), int(HEIGHT * u(0.1, 0.15))), 1, self.ink, -1)
            top = (0.46, 0.52)
        elif rng.random() < 0.7:
            self._write(rng.choice(WORDS['gcc']), w / 2, HEIGHT * 0.05, HEIGHT * 0.11, self._soft_ink(), w * 0.5)
            top = (0.2, 0.25)
        if rng.random() < 0.3:
            right = HEIGHT * 0.3
            cv2.rectangle(self.image, (int(w - right), 3), (w - 4, HEIGHT - 4), u(60, 240), -1)
            self._write('KSA', w - right / 2, HEIGHT * 0.7, HEIGHT * 0.12, 20, right * 0.7)
        return self._margins(top, (0.88, 0.93) if self.two else bottom, left, right)

    def _furnish_any(self) -> Area:
        rng, u, w = self.random, self.random.uniform, self.width
        if not self.two and w / HEIGHT < 2.6 and rng.random() < 0.6:
            return self._furnish_us()
        left = self._band(rng.choice(['', 'IL', 'MA', 'TN', 'LV', 'RUS'])) if rng.random() < 0.35 and not self.two else 0.0
        top, bottom = ((0.07, 0.16), (0.84, 0.93)) if self.two else ((0.1, 0.22), (0.76, 0.9))
        if rng.random() < 0.25:
            self._write(rng.choice(WORDS['any'] + WORDS['dealer']), w / 2, HEIGHT * 0.89, HEIGHT * 0.08, self._soft_ink(), w * 0.6)
            bottom = (0.8, 0.85)
        return self._margins(top, bottom, left)

    def _picture(self, x: float, y: float, w: float, h: float) -> None:
        """A logo of some ellipses, lines and blobs, now and then L-shaped: never a character."""
        rng, u = self.random, self.random.uniform
        for _ in range(rng.randint(2, 5)):
            gray = self.ground + (self.ink - self.ground) * u(0.15, 0.9)
            cx, cy = x + w * u(0.25, 0.75), y + h * u(0.2, 0.8)
            match rng.randrange(4):
                case 0:
                    cv2.ellipse(self.image, (int(cx), int(cy)), (int(w * u(0.1, 0.4)) + 1, int(h * u(0.08, 0.35)) + 1), u(0, 180), 0, 360, gray, -1, cv2.LINE_AA)
                case 1:
                    points = np.array([[x + w * u(0, 1), y + h * u(0, 1)] for _ in range(rng.randint(3, 7))])
                    cv2.fillPoly(self.image, [np.round(points).astype(np.int32)], gray, cv2.LINE_AA)
                case 2:
                    cv2.line(self.image, (int(cx), int(y)), (int(cx), int(y + h)), gray, rng.randint(1, 3), cv2.LINE_AA)
                    cv2.line(self.image, (int(cx), int(y + h)), (int(x + w), int(y + h)), gray, rng.randint(1, 3), cv2.LINE_AA)
                case _:
                    cv2.circle(self.image, (int(cx), int(cy)), max(1, int(min(w, h) * u(0.15, 0.45))), gray, rng.choice([1, 2, -1]), cv2.LINE_AA)

    # ---- the number ----------------------------------------------------------------------------------------------------

    def _number(self, area: Area) -> None:
        rng, u = self.random, self.random.uniform
        look = self.drawer.look(self.kind)
        if not self.two:
            self._line(self.lines[0], area, look, small_year=self.kind == 'pk')
        else:
            height, between = area.bottom - area.top, HEIGHT * u(0.05, 0.1)
            share = 0.5 if rng.random() < 0.6 else u(0.4, 0.5) if rng.random() < 0.75 else u(0.5, 0.56)
            first = (height - between) * share
            self._line(self.lines[0], area._replace(bottom=area.top + first), look, small_year=self.kind == 'pk')
            self._line(self.lines[1], area._replace(top=area.top + first + between), look if rng.random() < 0.93 else look._replace(width=look.width * u(0.85, 1.15)))
        if look.slant:
            self._slanted(look.slant)
        self._print()

    def _line(self, groups: list[str], area: Area, look: Look, small_year: bool = False) -> None:
        """Sets one line into the area: full height if it fits when narrowed a little, else smaller."""
        rng, u = self.random, self.random.uniform
        height, room = area.bottom - area.top, area.right - area.left
        if look.slant:
            room -= abs(look.slant) * height
        first = rng.choice(look.separators)
        kinds = [first if rng.random() < 0.85 else rng.choice(look.separators) for _ in groups[1:]]
        if self.kind == 'vn':
            kinds = ['dot' if before.isdigit() and after.isdigit() else kind for kind, before, after in zip(kinds, groups, groups[1:])]
        spaces = [{'space': u(0.25, 0.5), 'tight': 0.0, 'dash': 0.42, 'dot': 0.3, 'star': 0.45, 'picture': u(0.5, 0.8), 'map': u(0.5, 0.7), 'seals': 0.5, 'seal': 0.5, 'arms': 0.45, 'square': 0.4, 'bar': 0.3}[kind] for kind in kinds]
        small = [small_year and 0 < i and len(group) == 2 and group.isdigit() and not self.two and len(groups) == 3 and rng.random() < 0.5 for i, group in enumerate(groups)]
        floor = glyphs_floor(look.face)

        def total(width: float, gap: float) -> float:
            """Length of the line / its height."""
            length = gap * (sum(len(group) for group in groups) - len(groups)) + sum(spaces) + 2 * gap * len(spaces)
            for group, little in zip(groups, small):
                length += sum(max(floor, width if look.even else glyphs.share(c, look.face) * width) for c in group) * (0.6 if little else 1.0)
            return length

        width, gap = look.width, look.gap
        if total(width, gap) * height > room:
            squeeze = max(0.72, room / (total(width, gap) * height))
            width, gap = width * squeeze, gap * squeeze
            if total(width, gap) * height > room:
                height *= room / (total(width, gap) * height) * 0.995
        elif rng.random() < (0.75 if len(''.join(groups)) > 4 else 0.35):       # spread to fill
            stretch = min(1.35, room * u(0.86, 1.0) / (total(width, gap) * height))
            if stretch > 1:
                width, gap = width * (1 + (stretch - 1) * 0.7), gap * (1 + (stretch - 1) * 1.6)
                if total(width, gap) * height > room:
                    gap = look.gap
                    width = look.width
        height = max(12.0, height)
        top = area.top + (area.bottom - area.top - height) * u(0.35, 0.65)
        slack = room - total(width, gap) * height
        x = area.left + max(0.0, slack) * (u(0.3, 0.7) if rng.random() < 0.85 else u(0, 1))
        if look.slant < 0:
            x += -look.slant * height
        self._set(groups, kinds, spaces, small, look, x, top, height, width, gap)

    def _set(self, groups: list[str], kinds: list[str], spaces: list[float], small: list[bool], look: Look, x: float, top: float, height: float, width: float, gap: float) -> None:
        rng = self.random
        floor = glyphs_floor(look.face)
        made: dict[tuple[str, int], np.ndarray] = {}
        painted = isinstance(look.face, glyphs.Style) and look.face.warp > 0
        for i, group in enumerate(groups):
            if i:
                self._separator(kinds[i - 1], x, top, spaces[i - 1] * height, height)
                x += (spaces[i - 1] + gap) * height
            size = int(round(height * (0.6 if small[i] else 1.0)))
            for character in group:
                key = character, size
                if key not in made or painted:
                    made[key] = glyphs.draw(character, look.face, size, width * (min(1.0, 1.04 / glyphs.share(character, look.face)) if look.even and character in 'MWQA' else 1.0), rng)
                mask = made[key]
                cell = max(floor, width if look.even else glyphs.share(character, look.face) * width) * size
                at = int(round(x + (cell - mask.shape[1]) / 2)) if look.even else int(round(x))
                y = int(round(top + (rng.uniform(-0.015, 0.015) * height if painted else 0)))
                self._stamp(mask, at, y)
                x += cell + gap * height * (0.7 if small[i] else 1.0)

    def _stamp(self, mask: np.ndarray, x: int, y: int) -> None:
        h, w = mask.shape
        x0, y0, x1, y1 = max(0, x), max(0, y), min(self.width, x + w), min(HEIGHT, y + h)
        part = self.letters[y0:y1, x0:x1]
        np.maximum(part, mask[y0 - y:y1 - y, x0 - x:x1 - x], out=part)
        self.boxes.append((x, y, x + w, y + h))

    def _separator(self, kind: str, x: float, top: float, w: float, h: float) -> None:
        """What stands between two groups."""
        rng, u = self.random, self.random.uniform
        cx, cy = x + w / 2, top + h / 2
        if kind == 'dash':
            thick = h * u(0.08, 0.14)
            cv2.rectangle(self.letters, (int(cx - h * 0.14), int(cy - thick / 2)), (int(cx + h * 0.14), int(cy + thick / 2)), 255, -1)
        elif kind == 'dot':
            cv2.circle(self.letters, (int(cx), int(cy if rng.random() < 0.7 else top + h * 0.92)), max(2, int(h * u(0.06, 0.1))), 255, -1, cv2.LINE_AA)
        elif kind == 'star':
            radius = min(w * 0.45, h * 0.2)
            points = [[cx + radius * (1 if k % 2 == 0 else 0.45) * np.sin(k * np.pi / 5), cy - radius * (1 if k % 2 == 0 else 0.45) * np.cos(k * np.pi / 5)] for k in range(10)]
            cv2.fillPoly(self.image, [np.round(points).astype(np.int32)], self._soft_ink(), cv2.LINE_AA)
        elif kind in ('seals', 'seal', 'arms'):
            radius = min(w * 0.42, h * 0.19)
            for y in ((top + h * 0.25, top + h * 0.74) if kind == 'seals' else (top + h * u(0.3, 0.6),)):
                gray = self.ground + (self.ink - self.ground) * u(0.15, 0.85)
                cv2.circle(self.image, (int(cx), int(y)), max(2, int(radius)), gray, -1, cv2.LINE_AA)
                if rng.random() < 0.7:
                    cv2.circle(self.image, (int(cx), int(y)), max(1, int(radius * 0.6)), u(60, 240), rng.choice([1, -1]), cv2.LINE_AA)
            if kind == 'arms' and rng.random() < 0.5:
                self._picture(x, top + h * 0.15, w, h * 0.7)
        elif kind == 'square':
            gray = self.ground + (self.ink - self.ground) * u(0.1, 0.6)
            cv2.rectangle(self.image, (int(x + w * 0.1), int(top + h * u(0.1, 0.3))), (int(x + w * 0.9), int(top + h * u(0.7, 0.95))), gray, -1)
        elif kind in ('picture', 'map'):
            self._picture(x, top + h * (0.1 if kind == 'picture' else 0.3), w, h * (0.8 if kind == 'picture' else 0.4))
        elif kind == 'bar':
            cv2.line(self.image, (int(cx), int(top)), (int(cx), int(top + h)), self.ink, 1)

    def _slanted(self, slant: float) -> None:
        """Shears the number; the layout left room for it."""
        ys = np.nonzero(self.letters.any(1))[0]
        if len(ys):
            middle = (ys[0] + ys[-1]) / 2 if not self.two else HEIGHT / 2
            matrix = np.array([[1, -slant, slant * middle], [0, 1, 0]], np.float32)
            columns = np.nonzero(self.letters.any(0))[0]
            reach = abs(slant) * (ys[-1] - ys[0]) / 2
            if columns[0] - reach > 1 and columns[-1] + reach < self.width - 2:
                self.letters = cv2.warpAffine(self.letters, matrix, (self.width, HEIGHT))

    def _print(self) -> None:
        """Ink on the ground: plain, stamped with lit edges, with a shadow or an outline."""
        rng, u = self.random, self.random.uniform
        alpha = self.letters.astype(np.float32) / 255
        contrast = self.ink - self.ground
        way = rng.random()
        if way < 0.45:          # stamped: light falls on one side of the edges
            soft = cv2.GaussianBlur(alpha, (0, 0), u(0.8, 1.8))
            angle, depth = u(0, 2 * np.pi), u(10, 45)
            dx, dy = int(round(np.cos(angle) * 1.5)), int(round(np.sin(angle) * 1.5))
            edge = np.roll(soft, (dy, dx), (0, 1)) - np.roll(soft, (-dy, -dx), (0, 1))
            self.image += edge * depth
            self.image += (self.ink - self.image) * alpha
            self.image += edge * depth * 0.4
        elif way < 0.5 and self.kind in ('pk', 'in', 'us', 'any', 'gb'):       # outline in another gray, close to the ground
            wide = cv2.dilate(self.letters, np.ones((3, 3), np.uint8)).astype(np.float32) / 255
            self.image += (self.ground + contrast * u(-0.3, 0.45) - self.image) * wide
            self.image += (self.ink - self.image) * alpha
        elif way < 0.55 and self.kind in ('pk', 'in', 'any', 'gb'):            # shadow touching the strokes
            shadow = np.roll(alpha, (rng.choice([1, 2]), rng.choice([-1, 1])), (0, 1))
            self.image += (self.ground + contrast * u(0.2, 0.5) - self.image) * shadow
            self.image += (self.ink - self.image) * alpha
        else:
            self.image += (self.ink - self.image) * alpha
        if rng.random() < 0.12:      # worn ink
            patchy = np.clip((self.drawer.cloud(12, max(12, self.width // 8), HEIGHT, self.width) - u(0.6, 0.8)) * 4, 0, 1) * u(0.3, 0.7)
            self.image -= contrast * alpha * patchy

    # ---- what happens to a plate ----------------------------------------------------------------------------------------

    def _fixings(self) -> None:
        """Screws and bolts: at the usual places, some through a character's edge."""
        rng, u, w = self.random, self.random.uniform, self.width
        if rng.random() < 0.55:
            y = rng.choice([0.1, 0.12, 0.9, 0.5]) if not self.two else rng.choice([0.06, 0.94, 0.5])
            xs = rng.choice([(0.2, 0.8), (0.25, 0.75), (0.05, 0.95), (0.5,), (0.12, 0.88)])
            if y == 0.5 and not self.two:
                xs = rng.choice([(0.02, 0.98), (0.34, 0.66)])
            gray, radius = u(0, 220), u(1.5, 4.2)
            for x in xs:
                centre = (int(w * x), int(HEIGHT * y))
                cv2.circle(self.image, centre, int(radius), gray, -1, cv2.LINE_AA)
                if rng.random() < 0.4:
                    cv2.circle(self.image, centre, int(radius), 255 - gray, 1, cv2.LINE_AA)
        if rng.random() < 0.25:
            for y in (0.09, 0.91):
                for x in (0.16, 0.84):
                    cv2.ellipse(self.image, (int(w * x), int(HEIGHT * y)), (5, 2), 0, 0, 360, u(20, 120), -1, cv2.LINE_AA)

    def _wear(self) -> None:
        rng, u, w = self.random, self.random.uniform, self.width
        if rng.random() < 0.25:         # dirt, from below or in clouds
            field = self.drawer.cloud(rng.randint(4, 12), rng.randint(6, 24), HEIGHT, w)
            if rng.random() < 0.4:
                field = field * np.linspace(0.3, 1.3, HEIGHT, dtype=np.float32)[:, None]
            amount = np.clip((field - 0.6) * 2, 0, 1) * u(0.15, 0.6)
            self.image += (u(40, 140) - self.image) * amount
        if rng.random() < 0.12:         # mud drops, paint chips
            for _ in range(rng.randint(2, 12)):
                cv2.circle(self.image, (rng.randrange(w), rng.randrange(HEIGHT)), rng.choice([1, 1, 2, 3]), u(30, 200), -1, cv2.LINE_AA)
        if rng.random() < 0.12:         # scratches
            for _ in range(rng.randint(1, 5)):
                a = (rng.randrange(w), rng.randrange(HEIGHT))
                b = (a[0] + rng.randint(-60, 60), a[1] + rng.randint(-25, 25))
                cv2.line(self.image, a, b, u(40, 230), 1, cv2.LINE_AA)

    def _frame(self) -> None:
        """A holder whose rim may cut into the characters a little, never by more than an eighth."""
        rng, u, w = self.random, self.random.uniform, self.width
        gray = u(0, 70) if rng.random() < 0.8 else u(150, 240)
        x0, y0 = min(b[0] for b in self.boxes), min(b[1] for b in self.boxes)
        x1, y1 = max(b[2] for b in self.boxes), max(b[3] for b in self.boxes)
        height = (y1 - y0) / (2 if self.two else 1)
        first, last = self.boxes[0], max(self.boxes, key=lambda b: b[2])
        foot = min(HEIGHT * u(0.04, 0.15), HEIGHT - y1 + height * u(-0.03, 0.08))
        top = min(HEIGHT * u(0.03, 0.13), y0 + height * u(-0.03, 0.07))
        left = min(u(2, 9), x0 + max(2.0, (first[2] - first[0]) * 0.12))
        right = min(u(2, 9), w - x1 + max(2.0, (last[2] - last[0]) * 0.12))
        foot, top = max(0.0, foot), max(0.0, top)
        if foot >= 1:
            self.image[HEIGHT - int(foot):] = gray
        if top >= 1:
            self.image[:int(top)] = gray
        self.image[:, :int(max(1, left))] = gray
        self.image[:, w - int(max(1, right)):] = gray
        ink = 235 - gray * 0.8 if gray < 130 else 30
        if foot > 8 and rng.random() < 0.75:
            self._write(rng.choice(WORDS['dealer']), w / 2, HEIGHT - foot + 2, foot - 4, ink, w * 0.8)
        if top > 9 and rng.random() < 0.6:
            self._write(rng.choice(WORDS['dealer']), w / 2, 2, top - 4, ink, w * 0.8)
        if rng.random() < 0.25:         # shade of the rim
            self.image[int(top):int(top) + 3] *= u(0.5, 0.9)

    def _bend(self) -> None:
        """A plate that is curved or dented: columns move up and down by a few pixels."""
        u = self.random.uniform
        x = np.arange(self.width, dtype=np.float32) / self.width
        shift = u(-3.5, 3.5) * (4 * (x - 0.5) ** 2 - 0.3) + u(0, 1.5) * np.sin(x * u(3, 12) + u(0, 6))
        columns = np.tile(np.arange(self.width, dtype=np.float32), (HEIGHT, 1))
        rows = np.arange(HEIGHT, dtype=np.float32)[:, None] + shift[None].astype(np.float32)
        self.image = cv2.remap(self.image, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        self.letters = cv2.remap(self.letters, columns, rows, cv2.INTER_LINEAR)
        for i, (left, top, right, bottom) in enumerate(self.boxes):
            there = -shift[max(0, left):max(1, right)]
            self.boxes[i] = left, max(0, top + int(np.floor(there.min()))), right, min(HEIGHT, bottom + int(np.ceil(there.max())))

    def _light(self) -> None:
        """Shade across the plate, lamps, night, haze."""
        rng, u, w = self.random, self.random.uniform, self.width
        if rng.random() < 0.14:         # edge of a shadow
            layer = np.zeros((HEIGHT, w), np.float32)
            a, b, side = u(-0.2, 1.2) * w, u(-0.2, 1.2) * w, rng.choice([0, w])
            if rng.random() < 0.5:
                cv2.fillPoly(layer, [np.array([[side, 0], [a, 0], [b, HEIGHT], [side, HEIGHT]], np.int32)], 1)
            else:
                y0, y1 = u(0.1, 0.9) * HEIGHT, u(0.1, 0.9) * HEIGHT
                cv2.fillPoly(layer, [np.array([[0, 0], [w, 0], [w, y1], [0, y0]], np.int32)], 1)
            self.image *= 1 - cv2.GaussianBlur(layer, (0, 0), u(0.8, 5)) * u(0.25, 0.6)
        if rng.random() < 0.3:          # uneven light
            slope = np.linspace(u(-0.25, 0.25), u(-0.25, 0.25), w, dtype=np.float32)[None] + np.linspace(u(-0.2, 0.2), u(-0.2, 0.2), HEIGHT, dtype=np.float32)[:, None]
            self.image *= 1 + slope
        if rng.random() < 0.06:         # lamp: bright spot that fades out
            x, y = u(0, 1) * w, u(-0.2, 1.2) * HEIGHT
            yy, xx = np.mgrid[0:HEIGHT, 0:w].astype(np.float32)
            self.image += u(30, 90) * np.exp(-(((xx - x) / (w * u(0.15, 0.4))) ** 2 + ((yy - y) / (HEIGHT * u(0.3, 0.8))) ** 2))
        way = rng.random()
        if way < 0.1:                   # hazy or faded: little contrast
            middle, share = u(90, 180), u(0.3, 0.6)
            self.image = middle + (self.image - float(self.image.mean())) * share
        elif way < 0.2:                 # dim
            self.image *= u(0.35, 0.7)
        elif way < 0.25:                # over-exposed, letters thin and gray
            self.image = self.image * u(0.6, 0.8) + u(60, 100)
        elif way < 0.29:                # infrared at night: the sheet glares and eats into the strokes
            self.image = (cv2.GaussianBlur(np.clip(self.image, 0, 255), (0, 0), u(0.8, 1.6)) - u(20, 50)) * u(1.2, 1.8)


def glyphs_floor(face: glyphs.Face) -> float:
    """Width / height that even a bare bar takes."""
    return face.weight if isinstance(face, glyphs.Style) else 0.1


def save_pool(path: str, plates: list[Plate]) -> None:
    """Images one after another in one array, with their widths, texts, kinds and rows."""
    np.savez(path, pixels=np.concatenate([plate.image.ravel() for plate in plates]), widths=np.array([plate.image.shape[1] for plate in plates], np.int32),
             texts=np.array([plate.text for plate in plates]), kinds=np.array([plate.kind for plate in plates]), rows=np.array([plate.rows for plate in plates], np.int8))


def load_pool(path: str) -> list[Plate]:
    """The plates of a pool; their images share one array."""
    with np.load(path) as file:
        pixels, widths = file['pixels'], file['widths']
        ends = np.cumsum(widths.astype(np.int64) * HEIGHT)
        return [Plate(pixels[end - width * HEIGHT:end].reshape(HEIGHT, width), str(text), str(kind), int(rows))
                for end, width, text, kind, rows in zip(ends.tolist(), widths.tolist(), file['texts'], file['kinds'], file['rows'])]


def pool(count: int, seed: int, path: str, kind: str | None) -> None:
    """Draws a pool and prints how it goes."""
    drawer, plates, begun, told = Drawer(seed), [], time.monotonic(), time.monotonic()
    for number in range(count):
        plates.append(drawer.plate(kind))
        if time.monotonic() - told > 15:
            told = time.monotonic()
            print(f'draw: {number + 1} of {count}, {(told - begun) / (number + 1) * 1000:.2f} ms a plate', file=sys.stderr, flush=True)
    save_pool(path, plates)
    two = sum(plate.rows == 2 for plate in plates)
    print(f'draw: {count} plates, {two / count:.0%} of two lines, {(time.monotonic() - begun) / count * 1000:.2f} ms a plate, {path}', file=sys.stderr)


def sheet(kind: str | None, seed: int, fonts: str, count: int, path: str, rows: int | None) -> None:
    """Plates with their texts below, to look at."""
    drawer, tiles, wide = Drawer(seed, fonts), [], 8
    for _ in range(count):
        plate = drawer.plate(kind, rows)
        scale = min(1.0, 236 / plate.image.shape[1])
        image = cv2.resize(plate.image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        tile = np.full((118, 244), 128, np.uint8)
        tile[2:2 + image.shape[0], 4:4 + image.shape[1]] = image
        cv2.putText(tile, f'{plate.text} {plate.kind}{plate.rows}', (4, 114), cv2.FONT_HERSHEY_SIMPLEX, 0.45, 255, 1, cv2.LINE_AA)
        tiles.append(tile)
    while len(tiles) % wide:
        tiles.append(np.full((118, 244), 128, np.uint8))
    cv2.imwrite(path, np.vstack([np.hstack(tiles[i:i + wide]) for i in range(0, len(tiles), wide)]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest='command', required=True)
    make = commands.add_parser('pool', help='draw many plates into one file')
    make.add_argument('--count', type=int, default=40_000)
    make.add_argument('--kind', choices=KINDS, help='one kind only; all by their shares if left out')
    look = commands.add_parser('sheet', help='draw a contact sheet')
    look.add_argument('--count', type=int, default=72)
    look.add_argument('--kind', choices=KINDS)
    look.add_argument('--rows', type=int, choices=(1, 2))
    look.add_argument('--fonts', choices=('train', 'held-out'), default='train')
    apart = commands.add_parser('heldout', help='scenes for measuring: typefaces and backgrounds kept out of training')
    apart.add_argument('--count', type=int, default=300)
    apart.add_argument('--kind', choices=KINDS, default='pk')
    apart.add_argument('--rows', type=int, choices=(1, 2), default=1)
    for command in (make, look, apart):
        command.add_argument('--seed', type=int, default=1)
        command.add_argument('--out', required=True)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    if options.command == 'pool':
        pool(options.count, options.seed, options.out, options.kind)
    elif options.command == 'heldout':
        import scenes       # needs the data's folder, the rest does not
        scenes.write(options.kind, options.rows, options.count, options.seed, options.out)
    else:
        sheet(options.kind, options.seed, options.fonts, options.count, options.out, options.rows)


if __name__ == '__main__':
    main()
