#include "base/fits_text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/fits_card.h"
#include "base/memory.h"

static const char continue_start[] = "CONTINUE  ";

typedef struct Text {
    char *characters;
    size_t length;
} Text;

// A card's text joins what is there; false where there is no memory.
static bool text_append(Text *text, const FitsCard *card)
{
    char *longer = memory_resize(text->characters, text->length + (size_t)card->length + 1, 1);
    if (longer == NULL)
        return false;
    text->characters = longer;
    for (int i = 0; i < card->length; i++) {
        longer[text->length++] = card->text[i];
        i += card->text[i] == '\''; // two stand for one
    }
    return true;
}

static void text_strip_blanks(Text *text)
{
    while (text->length > 0 && text->characters[text->length - 1] == ' ')
        text->length--;
    text->characters[text->length] = '\0';
}

// cfitsio cuts the blanks at a card's end off.
static FitsCard parse_record(char record[FLEN_CARD])
{
    size_t length = strlen(record);
    memset(record + length, ' ', FITS_CARD_SIZE - length);
    return fits_card_parse(record);
}

// Whether the card with this number continues a text: `card` is then as that of a keyword.
static bool read_continuation(fitsfile *file, int number, char record[FLEN_CARD], FitsCard *card)
{
    int code = 0;
    fits_read_record(file, number, record, &code);
    if (code != 0)
        fits_clear_errmsg();
    if (code != 0 || strncmp(record, continue_start, sizeof continue_start - 1) != 0)
        return false;
    record[8] = '=';
    *card = parse_record(record);
    return card->kind == FITS_VALUE_TEXT;
}

char *fits_text_read(fitsfile *file, const char *keyword, int *code)
{
    char record[FLEN_CARD] = "";
    int n_cards, next = 0;
    Text text = {0};
    fits_read_card(file, keyword, record, code);
    fits_get_hdrpos(file, &n_cards, &next, code);
    if (*code != 0)
        return NULL;
    FitsCard card = parse_record(record);
    if (card.kind != FITS_VALUE_TEXT)
        *code = NO_QUOTE;
    for (bool more = *code == 0; more;) {
        if (!text_append(&text, &card))
            *code = MEMORY_ALLOCATION;
        more = *code == 0 && text.length > 0 && text.characters[text.length - 1] == '&' &&
               read_continuation(file, next++, record, &card);
        text.length -= more;
    }
    if (*code != 0) {
        free(text.characters);
        return NULL;
    }
    text_strip_blanks(&text);
    return text.characters;
}
