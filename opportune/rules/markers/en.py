"""What do people say in English about being called or written to? All in small letters, without accents."""

from __future__ import annotations

from opportune.rules.markers.phrases import Phrases, compiled

MAIL = r"(?:e-?mails?|mail)\b(?! address| addresses|ing list)"
PHONE = r"(?:phone|telephone|cell|mobile)\b"
ME = r"(?:me|us)\b"
PREFER = (
    r"\b(?:(?:i|we|he|she|they)(?:'d| would| really| much| still)? )?(?:prefer|prefers|preferring|preferred"
    r"|rather have|rather get) "
    r"(?:an? |the |to |it |all |by |via |over |in |on |phone |short |quick |have |having |get |getting |use ){0,4}"
)
#: "Call me" is a wish, "call me Bob" is not: what may follow the word.
THEN = (
    r"(?=\s*(?:$|[.,;:!?)+\d\"-])|\s{1,3}(?:back|instead|directly|at|on|any ?time|whenever|after|before|between"
    r"|around|in"
    r"|tomorrow|today|tonight|this|next|later|now|asap|as soon|first|please|pls|and|or|but|again|about|to|for"
    r"|regarding"
    r"|rather|thanks|thank|monday|tuesday|wednesday|thursday|friday|saturday|sunday|when|if|should|with|regards"
    r"|best)\b)"
)
CALLBACK = (
    rf"\b(?:call|phone|ring|telephone) {ME}{THEN}",
    r"\b(?:call|phone|ring) (?:me |us )?back\b(?! in \d{4})",
    r"\b(?:call|ring|phone) my (?:mobile|cell|office|desk|work|direct|number|phone)",
    rf"\bgive {ME} (?:a |another )?(?:quick |short )?(?:call|ring|bell|buzz|phone call|call ?back)\b",
    r"\breturn my call\b",
    r"\b(?:request|want|need|would like|'d like|arrange|schedule|requesting) (?:a |to get a )?call-? ?back\b",
    r"\bcall-? ?back (?:please|requested|needed|wanted)\b",
    rf"\b(?:reach|get|get hold of) {ME} (?:by phone |by {PHONE} )?(?:at|on|under) (?=[+(\d])",
    r"\b(?:i'd|i would|we'd|we would) (?:like|love|appreciate|welcome) a (?:phone )?call\b",
)
PHRASES = Phrases(
    stems=compiled(
        r"\b(?:call|phone|ring\b|telephone|e-?mail|mail|write|writing|line\b|talk|speak|meeting|travel|road"
        r"|trip|flight)"
        r"|open.plan|reach me|reach us"
    ),
    wants={
        "email": compiled(
            rf"\b(?:send|drop|shoot|write|ping|forward) (?:it |this |that |them |everything )?(?:to )?{ME} …{MAIL}",
            r"\b(?:send|drop|shoot|write) (?:me|us) (?:a )?(?:quick |short )?(?:line|note)\b",
            rf"\b(?:e-?mail|write) (?:to )?{ME}(?! down)",
            rf"\b(?:send|put|get|reply|answer|respond|contact|reach|get back|communicate|write|follow up|share) …"
            rf"(?:by|via|over|through|per|in an|in) {MAIL}",
            r"\b(?:send|put|get|have|give) (?:it|this|that|everything|all of it|something"
            r"|the \w{1,20}) (?:to (?:me|us) )?in writing\b",
            rf"{PREFER}(?:{MAIL}|writing\b"
            rf"|written\b)",
            rf"\b(?:just|simply|please|kindly|better|rather|then) (?:e-?mail|write)\b(?! address)(?=\s*(?:$"
            rf"|[.,;!]| {ME}| instead))",
            rf"\b{MAIL} …(?:is|are|works|would be|'s|will be) (?:\w{{1,10}} )?(?:better|best|easier|easiest"
            rf"|preferred|preferable|fine|safer|quicker|faster|the way)\b",
            rf"\b(?:better|best|easier|easiest|quicker|faster|only|simplest) (?:way |to reach me |reached "
            rf"|contacted |is |done |for me )*(?:by|via|over|with|through|is|on) (?:an )?{MAIL}",
            rf"\b{MAIL} (?:only|please|instead|preferred)\b",
            rf"\b(?:only|exclusively) (?:by |via |through |read |use )?{MAIL}",
            rf"\b(?:i|we|everyone|everybody|people|all|staff|team|reads?|all of us)(?: here| in the office"
            rf"| in our team)? (?:only |just |mostly |always )?(?:read|reads|live in|lives in|use|uses|check"
            rf"|checks|work by|works by) (?:our |my |their |the )?{MAIL}",
            rf"\blet's (?:do|keep|handle|discuss|continue) (?:it |this |that )?(?:by|over|on|in|via|to) {MAIL}",
            r"\b(?:asked|asks|wants|wanted|wishes) (?:us |me )?(?:to be written|for an? e-?mail|to (?:e-?mail"
            r"|write)|to get an? e-?mail|an? e-?mail)\b",
        ),
        "call": compiled(
            *CALLBACK,
            r"\b(?:please|just|simply|better|rather|kindly|then) (?:call|phone|ring)\b(?=\s*(?:$|[.,;!]"
            r"| instead| first))",
            r"\b(?:call|phone) instead\b",
            rf"{PREFER}(?:calls?\b|{PHONE}|talk\b"
            rf"|talking\b|speak\b|speaking\b|to be called\b)",
            r"\b(?:rather|better to|easier to|want to|like to|love to|quicker to) (?:talk|speak)(?: about it"
            r"| it over| to you| with you| to somebody| to someone)? (?:by|on|over) the phone\b",
            r"\b(?:would|'d|i) rather (?:talk|speak|discuss)\b",
            r"\b(?:a |phone |quick |short )call …(?:is|works|would be|'s|will be) (?:\w{1,10} )?(?:better|best"
            r"|easier|easiest|preferred|preferable|quicker|faster)\b",
            rf"\b(?:better|best|easier|easiest|quicker|faster|simplest) (?:way |to reach me |reached "
            rf"|contacted |is |done |for me )*(?:by|over|on|via|is) (?:the |a |my )?(?:call\b|{PHONE})",
            rf"\b(?:contacted|reached|contact|reach)(?: me| us| him| her)? (?:only )?(?:by|via|over the) {PHONE}",
            rf"\b(?:by {PHONE}|calls?) only\b|\b(?:{PHONE}|calls?) preferred\b|\blikes? to be called\b",
            rf"\b(?:the )?{PHONE} (?:is|works|would be) (?:\w{{1,10}} )?(?:better|best|easier|easiest|quicker"
            rf"|faster|preferred)\b",
            r"\blet's (?:talk|speak|discuss it|do it|do this) (?:on|over|by) (?:the )?phone\b",
            r"\b(?:let's|can we|could we|shall we|i'd like to|i would like to|happy to) (?:have|schedule"
            r"|arrange|set up|do|jump on|hop on|get on) a (?:quick |short |brief )?(?:phone )?call\b",
            rf"\breach {ME} (?:by|on|over) (?:the |my )?{PHONE}",
            r"\b(?:asked|asks|wants|wanted|wishes) (?:us |me )?(?:to be called|for a call|to call|a call)\b",
        ),
    },
    refuses={
        "call": compiled(
            r"\b(?:can't|cannot|can not|couldn't|not able to|unable to) …?(?:talk|speak"
            r"|take (?:\w{1,10} )?calls?|pick up|answer (?:the |my )?(?:phone|calls?)|be reached by phone)\b",
            r"\b(?:do not|don't|never|rarely|seldom|hardly ever|won't) (?:really |usually |ever )?(?:answer"
            r"|pick up|take|accept|like|do|enjoy) (?:the |my |any |unknown |unsolicited |cold |sales )*(?:phone"
            r"|calls?|numbers?|talking on the phone)\b",
            r"(?:^|[,.;!-] |\b(?:please|so|and|but|with) )(?:no|without) (?:phone |cold |more |sales )?calls\b",
            r"\b(?:hate|dislike|avoid|can't stand) (?:\w{1,10} )?(?:calls?|talking on the phone|the phone|phones)\b",
            r"\b(?:not|never) (?:by|on|over) (?:the )?(?:phone|telephone)\b",
            r"\b(?:i am|i'm) (?:deaf|hard of hearing)\b",
            rf"(?:^|[,.;!-] |\b(?:please|and|but|so|would) )(?:do not|don't|never|no need to"
            rf"|not) (?:ever )?(?:call|phone|ring)\b(?=\s*(?:$|[.,;!-]| {ME}| at| on| my| any| and| or| again))",
        ),
        "email": compiled(
            rf"\b(?:do not|don't|never|rarely|seldom|hardly|hardly ever) (?:really |usually |ever )?(?:read"
            rf"|check|use|look at|answer|get to|see|open) (?:the |my |any |your |our )*(?:{MAIL}|inbox)",
            r"(?:^|[,.;!-] |\b(?:please|so|and|but|with) )(?:no|without) (?:more )?e-?mails\b",
            r"\b(?:e-?mails?|inbox) …(?:gets? lost|ends? up in (?:my )?spam|is overflowing|is full|goes? to spam)\b",
            r"\b(?:drowning|buried) in e-?mails?\b",
            rf"\b(?:not|never) (?:by|via|over) {MAIL}",
        ),
    },
    away=compiled(
        r"\b(?:always|constantly|usually|mostly|permanently|forever|all day|often|all the time) (?:in|at"
        r"|on) (?:\w{1,12} )?(?:meetings?|the road|travel|planes?|the move|business trips?|trains?)\b",
        r"\bin (?:back-to-back )?meetings (?:all day|all the time|most of the (?:day|time|week)|all week"
        r"|non-?stop|back to back)\b",
        r"\bback-to-back meetings\b|\bmeetings from morning\b",
        r"\b(?:i|we) (?:travel|fly) (?:a lot|all the time|constantly|most of|every week|for work)\b",
        r"\b(?:travel|travell?ing) (?:a lot|all the time|constantly|most of the (?:time|week))\b",
        r"\bon the road (?:a lot|all week|all the time|most of|every)\b",
        r"\bopen.plan office\b",
    ),
    callback=compiled(
        *CALLBACK, r"\b(?:please|kindly) (?:call|phone|ring)\b(?=\s*(?:$|[.,;!+(\d]| on [+(\d]| at [+(\d]))"
    ),
    will_call=compiled(
        r"\b(?:i|we)(?:'ll| will| shall|'m going to| am going to) (?:call|ring"
        r"|phone) (?:you )?(?:back\b|later\b|again\b|tomorrow\b|next week\b|you\b)"
    ),
    negation=compiled(
        r"(?:\b(?:do not|don't|dont|never|not|no need to|stop|please not|needn't|rather you didn't"
        r"|rather not) (?:please |just |even |ever |bother to |try to |want you to |need to |have to |have you )?)$"
    ),
    not_theirs=compiled(
        r"\b(?:he|she|they|who|nobody|anyone|anybody|somebody|people|customers?|clients?|colleagues?|i|we|it"
        r"|this|that|they're)(?:'ll|'d)?(?: (?:will|would|can|could|may|might|did|didn't|never|always|often"
        r"|also|just|sometimes|usually|should|to))? $",
        r"\b(?:if|when|whenever|once|after|before|until|unless|since|why|because|every time|as|that) (?:you"
        r"|they|he|she|it|someone|we) (?:(?!could|can|would|must|should)\w{1,12} )?$",
        r"(?<!can\s)(?<!could\s)(?<!would\s)(?<!will\s)(?<!rather\s)\byou (?:always |never |keep |said |did |didn't "
        r"|promised to |wanted to |used to |were going to |forgot to |were to |tried to )?$",
        r"\b(?:hesitate to|feel free to|welcome to|able to|free to|tried to|trying to|had to|used to"
        r"|promised to|forgot to|refused to|failed to) $",
        r"\b(?:thanks for|thank you for|your|my|the last|last|this|that|didn't get the|got the|sales) (?:phone )?$",
    ),
    only_now=compiled(
        r"^(?: (?:me|us))?(?: back)? ?(?:right now|now|at the moment|at this|before|until|till|after|today"
        r"|tonight|tomorrow|this (?:week|morning|afternoon|evening|month)|on (?:mon|tues|wednes|thurs|fri|satur"
        r"|sun)day|during|between|so (?:early|late|often)|again until|next week|too|yet|for the next)"
    ),
    not_meant=compiled(
        r"\b(?:why|if|when|because)\b[^,]{0,20}$", r"\b(?:right now|now|at the moment|today|currently),? (?:i |we )?$"
    ),
    if_need_be=compiled(
        r"^(?: back)?,? ?(?:any ?time |right away |directly |at once )?(?:if|in case|should (?:you|there"
        r"|anything)|whenever you|with any|for any|any questions)\b"
    ),
    rather=compiled(
        r"\b(?:instead|rather|better|best|prefer|prefers|preferred|only|easier|easiest|quicker"
        r"|faster)\b"
    ),
)
