// Pando: everything an application needs. See pando/database.h first.

#pragma once

#include "pando/convert.h"
#include "pando/database.h"
#include "pando/decimal.h"
#include "pando/error.h"
#include "pando/options.h"
#include "pando/result.h"
#include "pando/row_stream.h"
#include "pando/rows.h"
#include "pando/sharding_function.h"
#include "pando/value.h"
