"""Names of people from many places."""

from __future__ import annotations

NAMES = tuple(
    (tuple(first.split()), tuple(last.split("/")))
    for first, last in (
        (
            "Alice Ben Charlotte Daniel Emily George Hannah Jack Lucy Oliver Ruby Thomas Zoe Harry",
            "Baker/Carter/Davies/Evans/Fletcher/Graham/Hughes/Lloyd/Mason/Palmer/Shaw/Turner",
        ),
        (
            "Aoife Brendan Ciara Declan Eoin Fionn Gráinne Niamh Oisín Róisín Seán Siobhán",
            "Byrne/Doyle/Kavanagh/Murphy/Nolan/O'Brien/O'Connor/O'Sullivan/Ó Briain/Quinn/Walsh",
        ),
        (
            "Anna Björn Clara Felix Greta Jonas Jürgen Käthe Lukas Marlene Sören Ursula",
            "Bauer/Fischer/Größer/Hartmann/Jäger/Krüger/Lehmann/Müller/Schäfer/Schröder/Voß/Weiß",
        ),
        (
            "Amélie Benoît Chloé Éloïse François Hélène Jérôme Léa Mathieu Noémie Océane Rémi",
            "Bernard/Chevalier/D'Aubigny/Dupont/Fournier/Girard/Lefèvre/Mercier/Moreau/Noël/Roux",
        ),
        (
            "Alejandro Beatriz Carmen Diego Inés Javier Lucía Martín Núria Pablo Sofía Ximena",
            "Álvarez/Castillo/Domínguez/Fernández/García/Ibáñez/Muñoz/Núñez/Peña/Quiroga/Rojas",
        ),
        (
            "Afonso Bruna Caio Débora Gonçalo Inês João Letícia Matilde Rafael Thaís Vitória",
            "Almeida/Barbosa/Carvalho/Conceição/Gonçalves/Magalhães/Nascimento/Pereira/Simões",
        ),
        (
            "Alessandro Bianca Chiara Dario Elisa Federico Ginevra Lorenzo Matteo Niccolò Silvia",
            "Bianchi/Conti/D'Angelo/De Luca/Esposito/Ferrari/Greco/Marino/Ricci/Romano/Vitale",
        ),
        (
            "Agnieszka Bartosz Dorota Ewa Grzegorz Jadwiga Łukasz Małgorzata Paweł Stanisław Zofia",
            "Dąbrowska/Jabłoński/Kowalczyk/Krawczyk/Majewski/Nowak/Pawlak/Wójcik/Wróbel/Zając",
        ),
        (
            "Åsa Astrid Bjarne Eero Elin Freja Håkon Ingrid Jørgen Kaisa Magnus Søren Torbjørn",
            "Andersson/Berg/Dahl/Hansen/Johansen/Korhonen/Lindqvist/Mäkinen/Nyström/Østergaard",
        ),
        (
            "Andrei Dragana Eszter Filip Goran Ivana Jiří Kateřina Luka Mirela Ștefan Tomáš Žofie",
            "Černý/Dvořák/Horváth/Ionescu/Jovanović/Kovačević/Marković/Nagy/Popescu/Szabó/Šimek",
        ),
        (
            "Ayşe Burak Cem Deniz Elif Emre Gülşen İpek Mehmet Ömer Selin Zeynep",
            "Aydın/Çelik/Demir/Doğan/Güneş/Kaya/Öztürk/Polat/Şahin/Yıldız/Yılmaz",
        ),
        (
            "Adaeze Amara Chidi Emeka Folake Ifeoma Kofi Kwame Ngozi Olumide Temitope Yaa",
            "Achebe/Adeyemi/Asante/Balogun/Boateng/Eze/Mensah/Nwosu/Okafor/Okonkwo/Owusu",
        ),
        (
            "Aminata Awa Boubacar Fatou Ibrahima Jelani Makena Moussa Njeri Oumar Wanjiru Zawadi",
            "Ba/Camara/Diallo/Kamau/Keita/Mwangi/N'Diaye/N'Dour/Otieno/Sow/Traoré/Wambui",
        ),
        (
            "Amira Bilal Dalia Farid Hana Idris Karim Layla Nadia Omar Rania Samir Yasmin",
            "Abbas/Al-Masri/Bakri/Darwish/El-Sayed/Farouk/Haddad/Khalil/Mansour/Nasser/Rahman",
        ),
        (
            "Aarav Ananya Deepa Farhan Gaurav Ishaan Kavya Lakshmi Meera Nikhil Priya Rohan Sunita",
            "Banerjee/Chatterjee/Desai/Gupta/Iyer/Joshi/Kapoor/Nair/Patel/Reddy/Sharma/Verma",
        ),
        (
            "Bo Chun Haoyu Jing Lan Lei Mei Ming Qiang Wei Xiu Yifan Yun Zhen",
            "Chen/Fang/Gao/Huang/Li/Liu/Ma/Sun/Wang/Wu/Xu/Zhang/Zhao/Zhou",
        ),
        (
            "Aiko Daichi Emi Haruto Hinata Kenji Mariko Naoki Ren Sakura Takumi Yuki",
            "Fujita/Hayashi/Inoue/Kobayashi/Mori/Nakamura/Ōta/Saitō/Satō/Suzuki/Tanaka/Yamamoto",
        ),
        (
            "Eun-ji Hyun-woo Ji-ho Ji-woo Min-jun Min-seo Seo-yeon Soo-jin Tae-yang Yu-na",
            "Bae/Choi/Han/Jang/Jeong/Kang/Kim/Lim/Oh/Park/Shin/Yoon",
        ),
        (
            "Anh Bích Đức Dũng Hạnh Hương Lan Linh Minh Ngọc Quân Thảo Tuấn",
            "Bùi/Đặng/Đỗ/Hoàng/Huỳnh/Lê/Ngô/Nguyễn/Phạm/Phan/Trần/Võ",
        ),
        (
            "Aroha Hemi Kahu Leilani Malia Mele Ngaire Rangi Sione Tāne Tevita Wiremu",
            "Fonoti/Herangi/Kahale/Mahuta/Ngata/Parata/Rāwiri/Tamatea/Taufa/Tuilagi/Whaitiri",
        ),
    )
)
"""For each of twenty places, first names and family names that go together."""

_LETTERS = (
    "aáàâäãåāăąạảấầẩẫậắằẳẵặ cçćčĉ dďđð eéèêëēėęěẹẻếềểễệ gğģ hħ iíìîïīįıĩịỉ kķ lłľļ nñńňņ "
    "oóòôöõøōőọỏốồổỗộớờởỡợơ rřŕ sśšşș tťţț uúùûüūůűųũụủứừửữựư yýÿỳỵ zźżž"
)

_PLAIN = str.maketrans(
    {letter: plain[0] for plain in _LETTERS.split() for letter in plain[1:]}
    | {"ß": "ss", "æ": "ae", "œ": "oe", "'": "", " ": "", "-": "", "\u0307": ""}
)


def plain(name: str) -> str:
    """Return ``name`` in the letters a to z, for an address.

    The table is our own: Python's depends on its version of Unicode.

    Examples
    --------
    >>> plain("Łukasz"), plain("D'Angelo"), plain("İpek")
    ('lukasz', 'dangelo', 'ipek')
    """
    return name.lower().translate(_PLAIN)
