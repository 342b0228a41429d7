include $(BR2_EXTERNAL_SELFDOCK_PATH)/selfdock.mk
