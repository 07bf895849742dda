"""Two small models that fastText 0.9.3 itself trained, and what it says with them."""

import base64
import zlib

_SUPERVISED = (
    "eNrbJeavz8PAwMAExKxALAfEjFA2MxJmZ0CAFCDWdZZ5/chMyh6klwuqPxYq/x8KbPSL7RiEYLpK"
    "MlIZOGGc5MS0wysR3KTEvGwEL78gNa+YgQ3GzURip+fnpyB4OYklqQheamJRTiXYsRArcvKLU1MQ"
    "/Pj4nMSk1Jz4+ES4TYxwsSSEGIMglMUEpe9pz9+3vVLTjo+1y96ldOre6AvCDmnpGvtiOCUOlN2U"
    "syu73GVnx7trT3nZ/X3C3z/YPCjZa39t5Y29Fntm7jdvnmV7KDzEnsWrYG9b2LT92/UX24ZwTN5n"
    "8DnC5kOn4t78b8t2K31dZuewTGjvg2+8Dg/Pyu8zM+Hcn7topQ1Mn++upv3vU6ts4Q6C0cvkYx12"
    "ri/aB6QPbF9fZAcAaXFwVQ=="
)
_CBOW = (
    "eNrbJeavz8PAwMAExKxALAfEjFA2I1QcRHND2SxAnALEus4yrx+ZSdlzAdkgDALeUPo/FNjoF9sx"
    "CEEFGUoyUhk4YZzkxLTDKxHcpMS8bAQvvyA1r5iBDcbNRGKn5+enIHg5iSWpCF5qYlFOJQMz3Iqc"
    "/OLUFASfQRRKM0HpBWVX9rk1nrDTCZ6/T6784l5Wq76Nx6sYGDbcMupJrGdgOHLk1W6NEKndBrJM"
    "/SD+h6X/+kD0Tv3K3fvOL97F/jjRWHUyUJzTBKx+wpGsPeohs3YbcEH4Oaul94av8tlz4i7XHtsp"
    "ZrstVs/eE7bqzO4lHwv3fBacv9vri+OeNob63TEdU/aIexzeXcFVuSdt2+LdrPcg6r9YBuxpetSx"
    "Gx6+MIfH6Ty0XsUmYr3B1s26JrDJ6vpGCRuBQx7Wt0NKLXckLrTga5+3y6rows4Jkj42r7XarGsS"
    "Xlvv2SVlfSAwYFfRq46d4btX74469nDX5BnHrfKsmK0ATZySzw=="
)

#: `fasttext supervised -dim 2 -wordNgrams 3 -bucket 7`.
SUPERVISED = zlib.decompress(base64.b64decode(_SUPERVISED))
#: Of `fasttext predict-prob`, the likelier label and its probability.
PREDICTIONS = {
    "the café": ("__label__a", 0.968160),
    "bank closed late": ("__label__b", 0.994012),
    "unknown wörds the café is": ("__label__a", 0.621983),
    "good bank": ("__label__b", 0.967401),
}

#: `fasttext cbow -dim 2 -minn 2 -maxn 4 -bucket 11`.
CBOW = zlib.decompress(base64.b64decode(_CBOW))
#: Of `fasttext print-word-vectors`; two of the words are unknown.
VECTORS = {
    "café": [-0.014977235, -0.004922931],
    "cafés": [-0.017707188, -0.005820256],
    "bank": [-0.010366690, -0.003407462],
    "wörd": [-0.016225673, -0.005333175],
}
