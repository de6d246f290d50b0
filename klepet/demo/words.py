"""Every sentence of the shop's pages, in English: it is the website of one customer, not a part of klepet.

What describes a product stands with the product in catalog.py, what describes a recipe in guides.py.
"""

from types import SimpleNamespace as Words

NAME = "Kettle & Fern"
TAGLINE = "Coffee and tea things that last"

STRIP = Words(
    label="About this shop",
    text="A demo shop for klepet: nothing is sold here, but the chat is real.",
    console="Answer it as an operator",
)

NAV = Words(
    skip="Skip to the content",
    main="Shelves",
    menu="Menu",
    guides="Brew guides",
    pricing="Subscription",
    help="Help",
    search="Search the shop",
    search_button="Search",
    cart="Cart",
    sign_in="Sign in",
    sign_out="Sign out",
    signed_in_as="Signed in as {name}",
    home="Kettle & Fern, home",
    breadcrumb="You are here",
)

HOME = Words(
    title="Make the slow cup",
    lead="Kettles, grinders, cups and fresh leaves from small workshops in the Alps. Made to be repaired, "
    "and explained by people who use them every morning.",
    shop="Shop brewing",
    guides="Read the brew guides",
    art="A plant, a bag of coffee, a kettle pouring into a dripper on a glass server, and a blue mug",
    shelves="The shelves",
    favourites="What most people start with",
    promises=(
        ("Here tomorrow", "Order by 14:00 and it leaves our door the same day."),
        ("Thirty mornings", "Try it for a month. If it is not for you, send it back."),
        ("Ten years of parts", "Every glass, seal and handle can be bought on its own."),
    ),
    person_title="A person answers",
    person="Ask us about grind sizes, hobs and lost lids. We sit next to the kettles.",
    plan_title="Fresh coffee, every month",
    plan="Roasted on Tuesday, in your letter box by Friday, from {price} a month.",
    plan_button="See the subscription",
    guide_title="Four ways to brew",
    guide="Doses, times and temperatures for one to six cups.",
)

SHOP = Words(
    add="Add to cart",
    quantity="Quantity",
    vat="VAT included. Leaves our door tomorrow at the latest.",
    facts="Details",
    also="Goes well with",
    ask="Ask us about it",
    added="Added to the cart.",
    related_count=4,
    count="{count} products",
    search_title="Search",
    results="{count} found for “{query}”",
    no_results="Nothing found for “{query}”. Try a shorter word, or ask us in the chat.",
    no_query="Type a word, such as kettle, mug or green.",
    view_cart="View cart",
)

CART = Words(
    title="Your cart",
    empty="Your cart is empty.",
    empty_line="The kettle is a good place to start.",
    start="Shop brewing",
    total="Total",
    update="Update",
    remove="Remove",
    remove_named="Remove {name}",
    quantity_of="Quantity of {name}",
    goods="Goods",
    free="Free",
    to_go="{amount} more and the delivery is free.",
    is_free="Delivery is free.",
    checkout="Go to checkout",
    limit="Up to {most} of one product.",
    summary="Summary",
)

CHECKOUT = Words(
    title="Checkout",
    who="Who gets it",
    name="Full name",
    email="E-mail",
    where="Where it goes",
    street="Street and number",
    postcode="Post code",
    city="City",
    country="Country",
    how="How it gets there",
    pay_title="Payment",
    pay="This is a demo: no card is asked for, nothing is charged and nothing is sent.",
    place="Place the order",
    wrong="Please look at {count} marked below.",
    field="field",
    fields="fields",
    free_from="free from {amount}",
    edit="Change the cart",
    nothing="There is nothing to pay for yet.",
)

DONE = Words(
    title="Thank you, {name}",
    number="Order {number}",
    lead="We would now send a confirmation to {email}. As this is a demo, nothing is on its way.",
    next_title="What would happen next",
    next=(
        "We pack it today, or tomorrow if it is after 14:00.",
        "You get a message with the tracking number.",
        "It arrives: {delivery}, {line}.",
    ),
    back="Back to the shop",
    ask="Ask about this order",
    none="There is no order in this browser yet.",
)

PRICING = Words(
    title="Fresh coffee, every month",
    lead="Roasted on Tuesday, posted on Wednesday. Pause or stop with one message.",
    month="a month",
    choose="Choose {name}",
    chosen="Your plan",
    best="Most people take this",
    thanks="You picked {name}. Nothing is charged: this is a demo.",
    delivery="Delivery",
    way="Way",
    price="Price",
    free="Free from",
    never="Not free",
    note="To Slovenia, Austria, Croatia, Germany, Italy and Poland. Prices include VAT.",
)

HELP = Words(
    title="Help",
    lead="The short answers are here. For anything else, write to us: a person answers.",
    chat="Start a chat",
    chat_line="Weekdays 8:00 to 18:00. Outside these hours, leave a message and we answer the next morning.",
    contact="Talk to us",
    address="Kettle & Fern, a workshop that exists only in this demo.",
    topics=(
        (
            "Orders and delivery",
            (
                (
                    "When does my parcel arrive?",
                    "Orders placed by 14:00 leave the same day. A locker or the courier takes one to two working days.",
                ),
                ("Can I change the address?", "Yes, until we hand the parcel over. Write to us with the order number."),
                ("Do you deliver outside the EU?", "Not yet. Customs forms and hot glass do not go well together."),
            ),
        ),
        (
            "Returns and repairs",
            (
                (
                    "It is not for me. Can I send it back?",
                    "Within thirty days, used or not. Coffee and tea stay with you.",
                ),
                (
                    "Something broke.",
                    "Tell us what and send a photo in the chat. Most parts are on the shelf and go out the same day.",
                ),
                ("Do you sharpen burrs?", "Yes, those of our own grinders, for the postage."),
            ),
        ),
        (
            "Coffee and tea",
            (
                (
                    "Which grind do I need?",
                    "Coarse for a press, medium for a dripper, fine for a moka pot. The brew guides say it in clicks.",
                ),
                ("How long does coffee stay fresh?", "Best within eight weeks of roasting. The date is on the bag."),
            ),
        ),
    ),
)

SIGN_IN = Words(
    title="Sign in",
    lead="A demo has no passwords: choose somebody to be. The shop’s server then tells the chat who you are, "
    "with a signed token.",
    people="Be one of our customers",
    own="Or be yourself",
    own_line="Any name and address will do. They stay in this installation.",
    name="Name",
    email="E-mail",
    button="Sign in",
    out_title="You are signed out",
    out="The chat has forgotten this customer too: the next person at this screen sees nothing of theirs.",
    again="Sign in again",
    already="You are signed in as {name} ({email}).",
)

GUIDES = Words(
    title="Brew guides",
    lead="This page loads once; what you open next is drawn by JavaScript, with an address of its own. "
    "Without JavaScript the links work as links do.",
    cups="Cups",
    coffee="Coffee",
    tea="Tea",
    water="Water",
    grind="Grind",
    heat="Water at",
    time="Time",
    steps="Step by step",
    needs="What you need",
    all="All guides",
    fewer="One cup fewer",
    more="One cup more",
)

ROOMS = Words(
    links=(
        ("/spa", "Single-page app"),
        ("/csp", "Strict security policy"),
        ("/two", "Two sites, one page"),
        ("/hostile", "Hostile styles"),
        ("/rtl", "Right to left"),
    ),
    csp_title="A page that trusts nobody",
    csp_lead="This page is served with a strict Content-Security-Policy and with Trusted "
    "Types that allow no policy at all. No inline script, no inline style, nothing from elsewhere but the chat.",
    csp_header="The header of this page",
    csp_look="The chat should look and work here exactly as on every other page. Nothing "
    "may be refused in the browser’s console.",
    csp_calls="What the page tells the chat stands in a block of data, and a script of the shop’s own reads it.",
    two_title="Two desks under one roof",
    two_lead="This page carries two tags of two sites: the shop and its wholesale desk. "
    "Each has a chat of its own, with its own colour, corner and conversations.",
    two_first="The shop",
    two_first_line="Commands without a prefix go to the site of the first tag.",
    two_second="The wholesale desk",
    two_second_line="A conversation here is not seen by the other chat.",
    two_open="Open the shop’s chat",
    hostile_title="A theme gone wrong",
    hostile_lead="The style sheet of this page turns everything that is not its own lime green, "
    "huge, faint and invisible. The chat is not its own.",
    hostile_rules="The rules",
    hostile_look="The chat should look and work here exactly as on every other page.",
)

FOOTER = Words(
    shop="Shop",
    service="Service",
    rooms="Test rooms",
    legal="A demo. Names, prices and promises are made up.",
    about="Coffee and tea things that last, from a shop that exists to show klepet.",
    chat="Chat with us",
)

NOT_FOUND = Words(
    title="That page is not here", line="It may have moved, or it was never brewed.", home="Back to the shop"
)

ERRORS = Words(
    title="That did not work",
    back="Back to the cart",
    bad_quantity="The quantity must be a whole number from 1 to {most}.",
    unknown_product="There is no product with the number “{sku}”.",
    too_many="You can order up to {most} of one product, and your cart already holds {held}.",
    not_in_cart="{name} is not in your cart.",
    bad_form="The form could not be read. Please send it again.",
    too_long="At most {most} characters, please.",
    unknown_customer="There is no demo customer with that id.",
    unknown_plan="There is no such subscription.",
    broken="Something broke on our side. Please try again.",
    refused="This request was not understood.",
)

FIELD_ERRORS = {
    "name": "Please tell us your name.",
    "email": "Please give an address like ana@example.com.",
    "street": "Please give a street and a number.",
    "postcode": "Please give the post code.",
    "city": "Please give the city.",
    "country": "Please choose a country from the list.",
    "delivery": "Please choose a way of delivery.",
}

# The one page in another language: it shows the chat beside text that runs from right to left.
ARABIC = Words(
    title="أدوات القهوة والشاي",
    heading="حضّر فنجانك على مهل",
    lead="غلايات ومطاحن وأكواب من ورش صغيرة، مصنوعة لتدوم، ويمكن إصلاحها دائمًا.",
    favourites="ما يبدأ به معظم الناس",
    names={"KF-101": "غلاية هيرون", "KF-301": "كوب الحصاة", "KF-401": "إبريق طيني", "KF-402": "وعاء الماتشا مع المضرب"},
    person_title="إنسان يجيبك",
    person="اسألنا عن درجة الطحن أو عن قطعة مفقودة. نحن هنا.",
    chat="ابدأ المحادثة",
    english="العودة إلى المتجر بالإنجليزية",
)
