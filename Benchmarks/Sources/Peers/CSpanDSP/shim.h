#include <spandsp/telephony.h>
