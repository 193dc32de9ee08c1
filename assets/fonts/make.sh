#!/usr/bin/env bash
# Makes the fonts of the window from Debian's packages fonts-inter,
# fonts-jetbrains-mono and fonts-noto-cjk, with pyftsubset (fonttools).
# Latin: Latin-1, Latin Extended-A, punctuation, arrows and a few marks.
# Chinese: GB2312 levels 1 and 2, its punctuation, full width forms and ASCII.
# Each font keeps its licence (OFL 1.1) beside it.
set -euo pipefail
cd "$(dirname "$0")"
inter=/usr/share/fonts/opentype/inter
mono=/usr/share/fonts/truetype/jetbrains-mono
noto=/usr/share/fonts/opentype/noto
latin=U+0020-007E,U+00A0-017F,U+2010-2027,U+2030-203A,U+20AC,U+2122,U+2190-2193,U+2212,U+2248,U+2260,U+2264-2265,U+FFFD
hanzi=$(mktemp)
trap 'rm -f "$hanzi"' EXIT
# Rows 1 to 9 of GB2312 are its marks, 16 to 87 its characters.
python3 - >"$hanzi" <<'P'
for row in [*range(1, 10), *range(16, 88)]:
    for cell in range(1, 95):
        try:
            print(bytes([row + 0xA0, cell + 0xA0]).decode("gb2312"), end="")
        except UnicodeDecodeError:
            pass
P
subset() { # source, target, options...
  local from=$1 to=$2
  shift 2
  pyftsubset "$from" --output-file="$to" --layout-features=kern,mark,mkmk,ccmp,locl --name-IDs='*' "$@"
}
subset $inter/Inter-Regular.otf Inter-Regular.otf --unicodes=$latin
subset $inter/Inter-SemiBold.otf Inter-SemiBold.otf --unicodes=$latin
subset $mono/JetBrainsMono-Regular.ttf JetBrainsMono-Regular.ttf --unicodes=$latin
# Number 2 of the collection is Simplified Chinese.
for weight in Regular Bold; do
  subset $noto/NotoSansCJK-$weight.ttc NotoSansSC-$weight.otf --font-number=2 --text-file="$hanzi" --unicodes=$latin,U+3000-303F,U+FF00-FFEF --no-hinting
done
ls -l ./*.otf ./*.ttf
