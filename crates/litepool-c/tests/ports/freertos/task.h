/* Stands for FreeRTOS's header: the port needs nothing of it. */
