"""The countries of the samples: currencies, people, streets, companies."""

from __future__ import annotations

from decimal import Decimal

from scripts.make_samples.market import Address, Market

GERMANY = Market(
    country="DE",
    currency="EUR",
    rate=Decimal(1),
    smallest_unit=Decimal("0.01"),
    tax=Decimal(19),
    utc_hours=1,
    phone="+49 171 39200{:02}",
    people=(
        ("Jürgen", "Müller"),
        ("Zoë", "Weiß"),
        ("Björn", "Größmann"),
        ("Käthe", "Schäfer"),
        ("Ümit", "Yılmaz"),  # noqa: RUF001 - Turkish has an i without a dot
        ("Anna-Lena", "von der Höhe"),
    ),
    addresses=(
        Address("Königstraße 12", "70173", "Stuttgart"),
        Address("Am Brühl 3a", "04109", "Leipzig"),
        Address("Große Bleichen 21", "20354", "Hamburg"),
        Address("Schäfflerhof 7", "80333", "München"),
        Address("Kölner Straße 140", "40227", "Düsseldorf"),
        Address("An der Örtze 5", "29320", "Südheide"),
        Address("Fürther Tor 44", "90429", "Nürnberg"),
        Address("Straße des Friedens 1", "07743", "Jena"),
    ),
    companies=("Bäckerei Großmann & Söhne 🥨 GmbH", "Nordlicht Logistik AG"),
    notes=("Bitte zweimal klingeln 🔔", "Rückruf erwünscht: nach 17 Uhr\nVielen Dank!"),
)

BRITAIN = Market(
    country="GB",
    currency="GBP",
    rate=Decimal(1),
    smallest_unit=Decimal("0.01"),
    tax=Decimal(20),
    utc_hours=0,
    phone="+44 7700 9000{:02}",
    people=(
        ("Niamh", "O'Sullivan"),
        ("Siân", "Evans"),
        ("Rhys", "D’Arcy"),  # noqa: RUF001 - a name as people write it
        ("Olúwáṣeun", "Adébáyọ̀"),
        ("Margaret", "Smith-Jones"),
        ("Finlay", "McÀdaidh"),
    ),
    addresses=(
        Address("9 King's Parade", "CB2 1SJ", "Cambridge"),
        Address("Flat 2/1, 40 St. Vincent Crescent", "G3 8NG", "Glasgow"),
        Address("17 Heol y Frenhines", "CF10 2AF", "Caerdydd"),
        Address("The Old Forge, Back Lane", "YO1 7JG", "York"),
        Address("221 Harbour Road", "BT1 3AB", "Belfast"),
        Address("5 Gas Street", "B1 2JT", "Birmingham"),
        Address("88 Deansgate", "M3 2ER", "Manchester"),
        Address("1 Land's End Way", "TR19 7AA", "Penzance"),
    ),
    companies=("O'Hara & Sons Ltd", "Pennine Foods plc"),
    notes=("Leave it with number 11, it's the blue door", 'The sign says "Beware of the cat" 🐈'),
)

AMERICA = Market(
    country="US",
    currency="USD",
    rate=Decimal(1),
    smallest_unit=Decimal("0.01"),
    tax=Decimal("8.25"),
    utc_hours=-6,
    phone="+1 312 555 01{:02}",
    people=(
        ("José", "Núñez"),
        ("Dwayne", "O'Neal"),
        ("Mary Ann", "Smith, Jr."),
        ("Nguyễn", "Thị Minh"),
        ("Chloë", "Long"),
        ("Kealoha", "Kamakawiwoʻole"),  # noqa: RUF001 - the okina is a letter
    ),
    addresses=(
        Address("1200 N Lake Shore Dr #4B", "60610", "Chicago"),
        Address("77 Cañon Perdido St", "93101", "Santa Barbara"),
        Address("350 5th Ave", "10118", "New York"),
        Address("18 Rue Dauphine", "70112", "New Orleans"),
        Address("4000 Wiliwili Ln", "96816", "Honolulu"),
        Address("901 Main St, Suite 3000", "75202", "Dallas"),
        Address("6 Peach Tree Ct", "30303", "Atlanta"),
        Address("2 Fisherman's Wharf", "94133", "San Francisco"),
    ),
    companies=("Blue Ridge Credit Union", "Cascade Clinics, Inc."),
    notes=("Don't text, call before 5 pm", "Gate code is on file \\ ring twice"),
)

SWEDEN = Market(
    country="SE",
    currency="SEK",
    rate=Decimal(11),
    smallest_unit=Decimal("0.01"),
    tax=Decimal(25),
    utc_hours=1,
    phone="+46 70 17406{:02}",
    people=(
        ("Åsa", "Öberg"),
        ("Göran", "Ångström"),
        ("Märta", "Sjögren"),
        ("Áilu", "Valkeapää"),
        ("Håkan", "Löf"),
        ("Ebba", "Grönlund"),
    ),
    addresses=(
        Address("Västra Ågatan 16", "753 09", "Uppsala"),
        Address("Öster Mälarstrand 2", "112 35", "Stockholm"),
        Address("Järntorget 8", "413 04", "Göteborg"),
        Address("Möllevången 31", "214 20", "Malmö"),
        Address("Storgatan 77", "972 32", "Luleå"),
        Address("Bäckvägen 4", "903 36", "Umeå"),
        Address("Drottninggatan 15", "702 10", "Örebro"),
        Address("Hamngatan 1", "621 57", "Visby"),
    ),
    companies=("Skärgårdens Rederi AB", "Norrsken Trävaror AB"),
    notes=("Nyckeln finns hos grannen på våning två", "Ring först 📞 tack"),
)

JAPAN = Market(
    country="JP",
    currency="JPY",
    rate=Decimal(150),
    smallest_unit=Decimal(1),
    tax=Decimal(10),
    utc_hours=9,
    phone="+81 90 0000 00{:02}",
    people=(
        ("健太", "田中"),
        ("美咲", "佐藤"),
        ("さくら", "髙橋"),
        ("ケン", "スミス"),
        ("結衣", "渡邉"),
        ("翔太", "山﨑"),
    ),
    addresses=(
        Address("丸の内9丁目9-1", "100-0005", "東京都千代田区"),
        Address("梅田8丁目8-2", "530-0001", "大阪市北区"),
        Address("烏丸通七条下る99", "600-8216", "京都市下京区"),
        Address("大通西77丁目", "060-0042", "札幌市中央区"),
        Address("天神9丁目3-4", "810-0001", "福岡市中央区"),
        Address("国際通り99", "900-0013", "那覇市"),
        Address("栄9丁目1-1", "460-0008", "名古屋市中区"),
        Address("青葉区一番町99", "980-0811", "仙台市"),
    ),
    companies=("株式会社青葉製作所", "みなと物流株式会社"),
    notes=("午前中の配達をお願いします🙏", "設置前にお電話ください。\n管理人室で受付"),
)

KUWAIT = Market(
    country="KW",
    currency="KWD",
    rate=Decimal("0.3"),
    smallest_unit=Decimal("0.001"),
    tax=Decimal(0),
    utc_hours=3,
    phone="+965 0000 00{:02}",
    people=(
        ("نورة", "العتيبي"),
        ("Yousef", "Al-Sabah"),
        ("فهد", "المطيري"),
        ("Dana", "Al Rashidi"),
        ("مريم", "الصباح"),
        ("Abdullah", "Al-Mutairi"),
    ),
    addresses=(
        Address("شارع فهد السالم ٩٩", "13001", "مدينة الكويت"),
        Address("Block 4, Street 99, House 7", "20001", "Hawally"),
        Address("قطعة ٣، شارع ٩", "22001", "السالمية"),
        Address("Block 1, Street 5", "60001", "Al Jahra"),
        Address("Block 9, Street 90", "80001", "Al Farwaniyah"),
        Address("Block 2, Street 22", "54001", "Mubarak Al-Kabeer"),
        Address("Coast Road 300", "63001", "Al Ahmadi"),
        Address("Block 6, Street 61", "43001", "Sabah Al-Salem"),
    ),
    companies=("شركة الخليج للتموين", "Desert Rose Trading W.L.L."),
    notes=("يرجى الاتصال قبل الوصول", "Deliver after sunset 🌙"),
)

MARKETS = (GERMANY, BRITAIN, AMERICA, SWEDEN, JAPAN, KUWAIT)

RETIRED_CURRENCIES = {"BGN": "Bulgarian lev", "DEM": "German mark", "HRK": "Croatian kuna"}
CURRENCIES = {
    "EUR": "Euro",
    "GBP": "Pound sterling",
    "JPY": "Japanese yen",
    "KWD": "Kuwaiti dinar",
    "SEK": "Swedish krona",
    "USD": "US dollar",
}
