# Jobs of the extension, waited for.

# What the job gives; the job is destroyed. A job that was stopped is an error.
proc ::skyclass::finish {job} {
    try {
        $job wait
        set status [$job status]
        if {[dict get $status state] eq "cancelled"} {
            return -code error -errorcode {SKYCLASS CANCELLED} [dict get $status message]
        }
        return [$job result]
    } finally {
        ::skyclass::progress clear
        $job destroy
    }
}
