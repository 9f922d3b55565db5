#include "base/progress.h"

bool progress_tell(const Progress *progress, const ProgressNews *news)
{
    return progress != NULL && progress->report != NULL &&
           progress->report(progress->context, news);
}

bool progress_report(const Progress *progress, size_t done, size_t total)
{
    return progress_tell(progress, &(ProgressNews){.done = done, .total = total});
}
