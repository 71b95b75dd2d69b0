/** moonsocket/headers */
