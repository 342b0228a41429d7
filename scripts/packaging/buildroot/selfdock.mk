# SPDX-License-Identifier: ISC
# Untested: no Buildroot was at hand. This directory is an external tree:
#
#     make BR2_EXTERNAL=/path/to/selfdock/scripts/packaging/buildroot menuconfig
#
# The setuid bit is an option of Config.in. SELFDOCK_PERMISSIONS sets it when the image is made:
# before that, the files do not belong to root.

SELFDOCK_VERSION = 0.1.0
SELFDOCK_SITE = $(realpath $(BR2_EXTERNAL_SELFDOCK_PATH)/../../..)
SELFDOCK_SITE_METHOD = local
SELFDOCK_LICENSE = ISC
SELFDOCK_LICENSE_FILES = LICENSE

SELFDOCK_MAKE_OPTIONS = \
	CC="$(TARGET_CC)" READELF="$(TARGET_READELF)" STRIP="$(TARGET_STRIP)" \
	APPLETS="$(call qstrip,$(BR2_PACKAGE_SELFDOCK_APPLETS))"

define SELFDOCK_BUILD_CMDS
	$(MAKE) -C $(@D) $(SELFDOCK_MAKE_OPTIONS)
endef

define SELFDOCK_INSTALL_TARGET_CMDS
	$(MAKE) -C $(@D) $(SELFDOCK_MAKE_OPTIONS) \
		DESTDIR=$(TARGET_DIR) PREFIX=/usr SETUID=no install
endef

ifeq ($(BR2_PACKAGE_SELFDOCK_SETUID),y)
define SELFDOCK_PERMISSIONS
	/usr/bin/selfdock f 4755 0 0 - - - - -
endef
endif

$(eval $(generic-package))
