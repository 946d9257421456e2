"""Kana as scribes wrote them: variant forms (hentaigana), voicing marks, long and short shapes, old kanji forms."""

# Kana -> how often a scribe took a variant form, and the kanji whose grass script that form is, commonest first.
VARIANT_FORMS: dict[str, tuple[float, str]] = {
    "あ": (0.35, "阿安"), "い": (0.08, "以"), "う": (0.05, "宇"), "え": (0.5, "江衣"), "お": (0.4, "於"),
    "か": (0.7, "可加"), "き": (0.5, "幾支"), "く": (0.05, "具"), "け": (0.6, "介希"), "こ": (0.5, "古"),
    "さ": (0.4, "左佐"), "し": (0.3, "志"), "す": (0.45, "春須寿"), "せ": (0.2, "勢"), "そ": (0.5, "曽楚"),
    "た": (0.5, "多堂"), "ち": (0.1, "知"), "つ": (0.45, "徒津"), "て": (0.2, "天亭"), "と": (0.1, "登"),
    "な": (0.65, "奈那"), "に": (0.75, "尓耳丹仁"), "ぬ": (0.1, "怒"), "ね": (0.4, "年祢"), "の": (0.25, "乃能"),
    "は": (0.75, "八者盤"), "ひ": (0.15, "飛比"), "ふ": (0.3, "布婦"), "へ": (0.2, "遍"), "ほ": (0.6, "本保"),
    "ま": (0.5, "満万"), "み": (0.5, "三美"), "む": (0.4, "武無"), "め": (0.15, "免"), "も": (0.4, "毛母"),
    "や": (0.15, "屋"), "ゆ": (0.2, "由"), "よ": (0.1, "与"), "ら": (0.3, "良羅"), "り": (0.2, "里利"),
    "る": (0.5, "留類流"), "れ": (0.35, "連礼"), "ろ": (0.3, "路"), "わ": (0.25, "王和"), "ゐ": (0.2, "井"),
    "ゑ": (0.2, "恵"), "を": (0.7, "越遠"), "ん": (0.05, "无"),
}  # fmt: skip

PLAIN_OF_VOICED = dict(
    zip("がぎぐげござじずぜぞだぢづでどばびぶべぼゞ", "かきくけこさしすせそたちつてとはひふへほゝ", strict=True)
)
VOICED_OF_PLAIN = {plain: voiced for voiced, plain in PLAIN_OF_VOICED.items()}
KANA = "".join(VARIANT_FORMS) + "".join(PLAIN_OF_VOICED) + "ゝぱぴぷぺぽ"
ITERATION_MARKS = "ゝゞ々"

# How far a scribe may stretch a character downwards, as a factor on its height (lowest, highest); others: (0.85, 1.15).
STRETCH = {
    "し": (0.9, 2.3), "じ": (0.9, 1.6), "く": (0.9, 1.5), "ん": (0.8, 1.4), "り": (0.9, 1.6), "へ": (0.8, 1.1),
    "つ": (0.7, 1.3), "の": (0.7, 1.25), "と": (0.8, 1.3), "ゝ": (0.9, 1.5), "ふ": (0.8, 1.3), "も": (0.9, 1.4),
    "う": (0.9, 1.4), "て": (0.8, 1.3), "一": (0.7, 1.6), "二": (0.7, 1.1), "三": (0.7, 1.1),
}  # fmt: skip

# Kana from whose last stroke the brush can run on into the next character.
RUNS_ON = frozenset("あいうえかくけこさしすそたちつてとなにのはひふへほまみめもやゆよらりるれろわをん")

# Label (today's form) -> the form that blocks and brushes of the time had; the competition labels both as the first.
_OLD_FORMS = """
気氣 楽樂 国國 学學 体體 声聲 読讀 書書 経經 絵繪 会會 来來 対對 点點 当當 党黨 変變 辺邊 宝寶 万萬 満滿
礼禮 竜龍 両兩 霊靈 恋戀 楼樓 労勞 実實 写寫 釈釋 寿壽 従從 縦縱 処處 叙敍 称稱 証證 条條 浄淨 静靜 真眞
図圖 数數 枢樞 瀬瀨 斉齊 窃竊 浅淺 銭錢 禅禪 双雙 争爭 荘莊 総總 蔵藏 続續 滝瀧 沢澤 担擔 断斷 遅遲
昼晝 虫蟲 鋳鑄 聴聽 鉄鐵 伝傳 灯燈 稲稻 徳德 独獨 仏佛 弁辨 豊豐 与與 誉譽 余餘 様樣 塩鹽 応應 桜櫻 画畫
覚覺 関關 観觀 帰歸 旧舊 挙擧 暁曉 区區 駆驅 軽輕 継繼 芸藝 剣劍 県縣 験驗 広廣 号號 斎齋 済濟 雑雜 参參
糸絲 歯齒 児兒 辞辭 湿濕
"""
OLD_FORMS = {pair[0]: pair[1] for pair in _OLD_FORMS.split()}
