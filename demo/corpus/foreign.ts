// Letters in other languages, each in a charset that its senders have used: what a mailbox of this city looks like.

import type { Charset } from './mime.ts'
import type { Person } from './people.ts'

export interface Letter {
  readonly from: Person
  readonly charsets: readonly Charset[]
  readonly zoneMinutes: number
  readonly subject: string
  readonly text: string
  readonly fileName?: string
}

const de: Person = { name: 'Jürgen Groß', address: 'j.gross@hausverwaltung-gross.example' }
const deWerft: Person = { name: 'Maren Lüders', address: 'maren.lueders@werft-hansen.example' }
const fr: Person = { name: 'Hélène Lefèvre', address: 'helene.lefevre@atelier-fournier.example' }
const es: Person = { name: 'Lucía Ortega Peña', address: 'lucia.ortega@puertosur.example' }
const ja: Person = { name: '田中 美咲', address: 'misaki.tanaka@minato-bunka.example' }
const ar: Person = { name: 'ليلى حداد', address: 'layla.haddad@marsa.example' }
const he: Person = { name: 'נועה לוי', address: 'noa.levi@namal.example' }
const zh: Person = { name: '王小明', address: 'xm.wang@haiyun.example' }
const ru: Person = { name: 'Дмитрий Орлов', address: 'd.orlov@volga-arkhiv.example' }
const el: Person = { name: 'Ελένη Παπαδοπούλου', address: 'eleni@piraeus-maritime.example' }
const pl: Person = { name: 'Tomasz Wiśniewski', address: 't.wisniewski@gdynia-modelarz.example' }

export const letters: readonly Letter[] = [
  {
    from: de,
    charsets: ['iso-8859-15', 'windows-1252', 'utf-8'],
    zoneMinutes: 60,
    subject: 'Nebenkostenabrechnung und Zählerstände',
    text: 'Guten Tag {{owner}},\n\nfür die Nebenkostenabrechnung benötige ich bis {{weekday}} die Zählerstände für Wasser und Heizung. Ein Foto genügt.\n\nDie Rückzahlung aus dem letzten Jahr ({{sum}}) geht Ihnen in den nächsten Tagen zu.\n\nMit freundlichen Grüßen\nJürgen Groß',
    fileName: 'Abrechnung Müllgebühren für Küche & Büro.pdf',
  },
  {
    from: de,
    charsets: ['windows-1252', 'iso-8859-1'],
    zoneMinutes: 60,
    subject: 'Treppenhaus wird gestrichen',
    text: 'Guten Tag,\n\nam {{weekday}} kommen die Maler ins Treppenhaus. Bitte stellen Sie Fahrräder und Kinderwagen so lange in den Hof, die Tür bleibt offen.\n\nDie Farbe heißt übrigens „Möwengrau“ und ist heller, als sie klingt.\n\nViele Grüße\nJ. Groß',
  },
  {
    from: deWerft,
    charsets: ['utf-8', 'iso-8859-15'],
    zoneMinutes: 60,
    subject: 'Pläne der Werft für die Ausstellung',
    text: 'Liebe {{owner}},\n\nwir haben im Keller tatsächlich noch {{count}} Rollen mit Linienrissen gefunden, einige auf Leinen. Die Qualität ist überraschend gut, nur der Geruch nach Maschinenöl wird bleiben.\n\nSollen wir sie bei uns scannen lassen oder möchten Sie das übernehmen? Kosten bei uns: etwa {{sum}}.\n\nHerzliche Grüße aus der Werft\nMaren Lüders',
    fileName: 'Linienriss_Größe-A0_Übersicht.pdf',
  },
  {
    from: fr,
    charsets: ['iso-8859-15', 'utf-8', 'windows-1252'],
    zoneMinutes: 60,
    subject: 'Panneaux laqués : état après transport',
    text: 'Bonjour {{owner}},\n\nles panneaux sont bien arrivés. Une petite fissure au coin inférieur gauche du troisième, déjà signalée au départ, n’a pas bougé. Je vous envoie le constat dès que les photos sont prêtes.\n\nLe devis pour le nettoyage s’élève à {{sum}}. C’est un peu plus que prévu, mais la dorure le mérite.\n\nBien à vous,\nHélène Lefèvre',
    fileName: 'Constat d’état – panneaux laqués (été).pdf',
  },
  {
    from: fr,
    charsets: ['utf-8', 'iso-8859-1'],
    zoneMinutes: 60,
    subject: 'Une idée pour le vernissage',
    text: 'Bonjour à tous,\n\net si l’on servait le menu du dernier voyage ? J’ai retrouvé la carte : consommé, turbot, pêches Melba. Notre cuisinier est déjà très ému.\n\nÀ bientôt,\nHélène',
  },
  {
    from: es,
    charsets: ['iso-8859-1', 'utf-8'],
    zoneMinutes: 60,
    subject: '¿Nos vemos el {{diaes}} en el puerto?',
    text: 'Hola {{owner}}:\n\nel {{diaes}} estaré en la ciudad con mi hermana. ¿Tomamos un café en el muelle? Traigo las fotografías de mi abuelo, el que fue camarero en el barco; en el reverso escribió los nombres de todos.\n\nUn abrazo grande,\nLucía',
  },
  {
    from: es,
    charsets: ['windows-1252', 'utf-8'],
    zoneMinutes: 60,
    subject: 'Traducción de los textos al español',
    text: 'Hola {{owner}}:\n\nya está la traducción de los {{count}} paneles. He dejado tres preguntas al margen: en español «davit» no lo entiende nadie, así que puse «pescante» con una pequeña explicación.\n\nSi la queréis antes del lunes, avísame.\n\nSaludos,\nLucía',
    fileName: 'Traducción paneles – revisión nº 2.docx',
  },
  {
    from: ja,
    charsets: ['iso-2022-jp', 'shift_jis', 'utf-8'],
    zoneMinutes: 540,
    subject: '浅間丸の資料について',
    text: '{{owner}} 様\n\nいつもお世話になっております。港文化財団の田中です。\n\n先日お問い合わせいただいた浅間丸の資料につきまして、当時の乗客名簿と食堂のメニューが見つかりました。貸し出しも可能ですので、必要な書類をお送りいたします。\n\nご不明な点がございましたら、お気軽にお知らせください。\n\nどうぞよろしくお願いいたします。\n\n田中 美咲',
    fileName: '浅間丸_乗客名簿.pdf',
  },
  {
    from: ja,
    charsets: ['utf-8', 'iso-2022-jp'],
    zoneMinutes: 540,
    subject: '来月の訪問の日程',
    text: '{{owner}} 様\n\n来月の訪問ですが、火曜日の午後はいかがでしょうか。桜にはまだ少し早いかもしれませんが、港の散歩にはちょうどよい季節です。\n\nお会いできるのを楽しみにしております。\n\n田中',
  },
  {
    from: ar,
    charsets: ['utf-8'],
    zoneMinutes: 120,
    subject: 'صور قديمة من ميناء بيروت',
    text: 'مرحباً {{owner}}،\n\nوجدتُ في أرشيف العائلة {{count}} صورة قديمة للميناء من سنة 1938، بعضها يُظهر السفينة وهي تغادر الرصيف. سأرسلها إليكم بدقة عالية خلال هذا الأسبوع.\n\nهل يمكن ذكر اسم جدّي، المصوّر نقولا حداد، بجانب الصور؟\n\nمع أطيب التحيات،\nليلى',
    fileName: 'صور الميناء ١٩٣٨.zip',
  },
  {
    from: ar,
    charsets: ['utf-8'],
    zoneMinutes: 120,
    subject: 'موعد الاجتماع يوم الخميس',
    text: 'أهلاً {{owner}}،\n\nأؤكد موعد اجتماعنا يوم الخميس في الساعة العاشرة صباحاً بتوقيت بيروت. سنناقش نصوص اللوحات باللغة العربية وترتيب القاعة الثانية.\n\nشكراً لكم،\nليلى حداد',
  },
  {
    from: he,
    charsets: ['utf-8'],
    zoneMinutes: 120,
    subject: 'שאלה על רשימת הנוסעים',
    text: 'שלום {{owner}},\n\nסבתא שלי הפליגה ב-1947 ואני מחפשת את שמה ברשימת הנוסעים. האם הרשימה המלאה תוצג בתערוכה, או שאפשר לקבל צילום של העמוד?\n\nאשמח להגיע לבקר ביום שלישי.\n\nבברכה,\nנועה לוי',
  },
  {
    from: zh,
    charsets: ['gb18030', 'utf-8'],
    zoneMinutes: 480,
    subject: '关于展柜玻璃的报价',
    text: '{{owner}}，您好：\n\n附件是展柜玻璃的最新报价，共{{count}}块，包含运费和保险。由于原材料涨价，单价比上次略有提高，交货期为六周。\n\n如果本周内确认，我们可以保持原来的价格。\n\n此致\n敬礼\n王小明',
    fileName: '展柜玻璃报价单.pdf',
  },
  {
    from: ru,
    charsets: ['koi8-r', 'windows-1251', 'utf-8'],
    zoneMinutes: 180,
    subject: 'Чертежи парохода из нашего архива',
    text: 'Здравствуйте, {{owner}}!\n\nМы нашли в архиве {{count}} листов чертежей парохода, построенного в 1912 году. Состояние хорошее, но бумага очень хрупкая, поэтому отправим только копии.\n\nСообщите, пожалуйста, какой формат вам удобнее: TIFF или PDF?\n\nС уважением,\nДмитрий Орлов',
    fileName: 'Чертежи парохода 1912.pdf',
  },
  {
    from: ru,
    charsets: ['windows-1251', 'koi8-r'],
    zoneMinutes: 180,
    subject: 'Спасибо за гостеприимство',
    text: 'Дорогие друзья,\n\nбольшое спасибо за прекрасный день в музее. Дети до сих пор передают друг другу сообщения азбукой Морзе, и спать никто не собирается.\n\nПриезжайте к нам на Волгу!\n\nДмитрий',
  },
  {
    from: el,
    charsets: ['utf-8'],
    zoneMinutes: 120,
    subject: 'Δάνειο για την καμπάνα του πλοίου',
    text: 'Αγαπητή {{owner}},\n\nη καμπάνα του πλοίου είναι έτοιμη για μεταφορά. Ο συντηρητής μας προτείνει να ταξιδέψει σε δικό της κιβώτιο, γιατί ζυγίζει {{count}} κιλά και έχει μια λεπτή ρωγμή.\n\nΘα σας στείλω τα έγγραφα του τελωνείου αύριο το πρωί.\n\nΜε εκτίμηση,\nΕλένη',
  },
  {
    from: pl,
    charsets: ['utf-8'],
    zoneMinutes: 60,
    subject: 'Model gotowy w połowie',
    text: 'Dzień dobry {{owner}},\n\nkadłub jest już sklejony i pomalowany, teraz czas na żurawie i łódki. Przesyłam zdjęcie, żeby Państwo widzieli, że naprawdę pracuję, a nie tylko piję kawę.\n\nPozdrawiam serdecznie,\nTomasz',
    fileName: 'zdjęcie-kadłuba.png',
  },
  {
    from: { name: 'Mia Castellano', address: 'mia.castellano@mailbox.example' },
    charsets: ['utf-8'],
    zoneMinutes: 60,
    subject: '🎂 Surprise for Jonas? 🎉',
    text: 'Ciao {{owner}}! 🌊\n\nJonas turns forty next month 🎈 and knows nothing. Boat, picnic 🧺, everybody in stripes? I have found a ketch for twelve, {{sum}} for the day with skipper ⛵️.\n\nAnswer me, not him! 🤫\n\nMia 💙',
  },
]
