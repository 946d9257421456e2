"""All forms that kana had: the hentaigana of Unicode, and the kanji whose cursive a kana is."""

import unicodedata
from functools import cache

_ARCHAIC_YE = "\U0001b001"  # HENTAIGANA LETTER E-1, encoded earlier and under another name
_HENTAIGANA = range(0x1B002, 0x1B11F)

# Kana -> the kanji that scribes abbreviated to it, the commonest first, and a katakana of the same shape.
_PARENTS = """
あ安阿愛悪 い以伊意移 う宇有 え衣江盈要 お於隠 か加可閑我家賀 き幾支起喜木 く久具九倶 け計介希気遣 こ己古許故
さ左佐散 し之志新四 す寸須春寿数 せ世勢瀬 そ曽楚所 た太多堂田 ち知地千遅 つ川徒津都 て天帝亭 と止登東度
な奈那難南名 に仁尓耳丹二ニ ぬ奴努怒 ね祢年子根 の乃能農 は者八盤波半ハ ひ比飛悲日 ふ不布婦 へ部遍倍 ほ保本穂
ま末万満麻 み美三見ミ む武無牟 め女免面 も毛母茂 や也夜屋 ゆ由遊 よ与余世代 ら良羅 り利里理 る留流類累
れ礼連麗 ろ呂路露 わ和王 ゐ為井 ゑ恵衛 を遠越乎 ん无
"""
PARENTS = {entry[0]: entry[1:] for entry in _PARENTS.split()}


@cache
def hentaigana() -> dict[str, str]:
    """Kana -> its hentaigana in Unicode, whose names spell the kana: HENTAIGANA LETTER KA-1, N-MU-MO-2."""
    found = {"え": _ARCHAIC_YE}
    for code_point in _HENTAIGANA:
        name = unicodedata.name(chr(code_point), "")
        for sound in name.removeprefix("HENTAIGANA LETTER ").split("-")[:-1]:
            kana = unicodedata.lookup(f"HIRAGANA LETTER {sound}")
            found[kana] = found.get(kana, "") + chr(code_point)
    return found
