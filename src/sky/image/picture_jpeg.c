// JPEG through libjpeg.
#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>

#include <jerror.h>
#include <jpeglib.h>

#include "sky/image/picture_internal.h"

typedef struct JpegErrors {
    struct jpeg_error_mgr base;
    jmp_buf back;
    char problem[JMSG_LENGTH_MAX];
} JpegErrors;

static void on_error(j_common_ptr jpeg)
{
    JpegErrors *errors = (JpegErrors *)jpeg->err;
    errors->base.format_message(jpeg, errors->problem);
    longjmp(errors->back, 1);
}

// libjpeg would paint what is missing grey, and only warn. Stray bytes between parts hurt nobody.
static void on_message(j_common_ptr jpeg, int level)
{
    if (level < 0 && jpeg->err->msg_code != JWRN_EXTRANEOUS_DATA &&
        jpeg->err->msg_code != JWRN_ADOBE_XFORM && jpeg->err->msg_code != JWRN_JFIF_MAJOR)
        on_error(jpeg);
}

static Status read_rows(struct jpeg_decompress_struct *jpeg, size_t n, Picture *picture,
                        Error *error)
{
    jpeg_read_header(jpeg, TRUE);
    if (jpeg->num_components != 1 && jpeg->num_components != 3)
        return error_set(error, STATUS_BAD_INPUT,
                         "a JPEG picture of %d colours (CMYK?); save it as red, green and blue",
                         jpeg->num_components);
    jpeg->out_color_space = jpeg->num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
    picture->width = jpeg->image_width;
    picture->height = jpeg->image_height;
    picture->n_colours = (size_t)jpeg->num_components;
    Status status = picture_room(picture, n, error);
    if (status != STATUS_OK)
        return status;
    jpeg_start_decompress(jpeg);
    while (jpeg->output_scanline < jpeg->output_height) {
        JSAMPROW row =
            picture->pixels + jpeg->output_scanline * picture->width * picture->n_colours;
        jpeg_read_scanlines(jpeg, &row, 1);
    }
    jpeg_finish_decompress(jpeg);
    return STATUS_OK;
}

Status picture_read_jpeg(const unsigned char *bytes, size_t n, Picture *picture, Error *error)
{
    struct jpeg_decompress_struct jpeg = {0};
    JpegErrors errors = {0};
    volatile Status status = STATUS_OK;
    jpeg.err = jpeg_std_error(&errors.base);
    errors.base.error_exit = on_error;
    errors.base.emit_message = on_message;
    if (setjmp(errors.back) == 0) {
        jpeg_create_decompress(&jpeg);
        jpeg_mem_src(&jpeg, bytes, n);
        status = read_rows(&jpeg, n, picture, error);
    } else {
        status = error_set(error, STATUS_BAD_INPUT,
                           "damaged JPEG picture (%.100s); get the file anew", errors.problem);
    }
    jpeg_destroy_decompress(&jpeg);
    return status;
}
